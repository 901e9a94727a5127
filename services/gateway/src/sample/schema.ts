/** The tables of the sample shop, in an order in which each follows those that it refers to. */
export const tables: readonly string[] = [
  `CREATE TABLE employees (
    id INTEGER PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    email VARCHAR(120) NOT NULL UNIQUE,
    title VARCHAR(60) NOT NULL,
    manager_id INTEGER REFERENCES employees (id),
    salary DECIMAL(10,2) NOT NULL,
    hired_on DATE NOT NULL
  )`,
  `CREATE TABLE payroll (
    employee_id INTEGER NOT NULL REFERENCES employees (id),
    month DATE NOT NULL,
    gross DECIMAL(10,2) NOT NULL,
    tax DECIMAL(10,2) NOT NULL,
    net DECIMAL(10,2) NOT NULL,
    account VARCHAR(34) NOT NULL,
    PRIMARY KEY (employee_id, month)
  )`,
  `CREATE TABLE customers (
    id INTEGER PRIMARY KEY,
    name VARCHAR(100) NOT NULL,
    email VARCHAR(120) NOT NULL UNIQUE,
    phone VARCHAR(30),
    ssn CHAR(11),
    country CHAR(2) NOT NULL,
    segment VARCHAR(20) NOT NULL DEFAULT 'consumer' CHECK (segment IN ('consumer', 'smb', 'enterprise')),
    newsletter BOOLEAN NOT NULL DEFAULT 0,
    credit_limit DECIMAL(10,2),
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
  )`,
  `CREATE TABLE addresses (
    id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    kind VARCHAR(10) NOT NULL CHECK (kind IN ('billing', 'shipping')),
    street VARCHAR(120) NOT NULL,
    postal_code VARCHAR(12) NOT NULL,
    city VARCHAR(80) NOT NULL,
    country CHAR(2) NOT NULL
  )`,
  `CREATE TABLE categories (
    id INTEGER PRIMARY KEY,
    name VARCHAR(60) NOT NULL UNIQUE,
    parent_id INTEGER REFERENCES categories (id)
  )`,
  `CREATE TABLE products (
    id INTEGER PRIMARY KEY,
    sku VARCHAR(12) NOT NULL UNIQUE,
    name VARCHAR(120) NOT NULL,
    category_id INTEGER NOT NULL REFERENCES categories (id),
    price DECIMAL(10,2) NOT NULL CHECK (price >= 0),
    weight_kg DOUBLE,
    attributes JSON NOT NULL DEFAULT '{}',
    description TEXT,
    thumbnail BLOB,
    discontinued BOOLEAN NOT NULL DEFAULT 0
  )`,
  'CREATE TABLE tags (id INTEGER PRIMARY KEY, name VARCHAR(40) NOT NULL UNIQUE)',
  `CREATE TABLE product_tags (
    product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    tag_id INTEGER NOT NULL REFERENCES tags (id) ON DELETE CASCADE,
    PRIMARY KEY (product_id, tag_id)
  ) WITHOUT ROWID`,
  `CREATE TABLE orders (
    id INTEGER PRIMARY KEY,
    reference UUID NOT NULL UNIQUE,
    customer_id INTEGER NOT NULL REFERENCES customers (id),
    employee_id INTEGER REFERENCES employees (id),
    status VARCHAR(12) NOT NULL DEFAULT 'open'
      CHECK (status IN ('open', 'paid', 'shipped', 'delivered', 'cancelled', 'returned')),
    order_date DATE NOT NULL,
    shipped_at DATETIME,
    total DECIMAL(12,2) NOT NULL DEFAULT 0,
    note TEXT
  )`,
  `CREATE TABLE order_items (
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    line_no SMALLINT NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products (id),
    quantity INT NOT NULL CHECK (quantity > 0),
    unit_price DECIMAL(10,2) NOT NULL,
    discount DECIMAL(4,2) NOT NULL DEFAULT 0,
    PRIMARY KEY (order_id, line_no)
  )`,
  `CREATE TABLE payments (
    id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (id),
    method VARCHAR(12) NOT NULL CHECK (method IN ('card', 'transfer', 'invoice', 'wallet')),
    amount DECIMAL(12,2) NOT NULL,
    paid_at TIMESTAMPTZ NOT NULL
  )`,
  `CREATE TABLE reviews (
    id INTEGER PRIMARY KEY,
    product_id INTEGER NOT NULL REFERENCES products (id) ON DELETE CASCADE,
    customer_id INTEGER NOT NULL REFERENCES customers (id) ON DELETE CASCADE,
    rating SMALLINT NOT NULL CHECK (rating BETWEEN 1 AND 5),
    comment TEXT,
    created_at DATETIME NOT NULL,
    UNIQUE (product_id, customer_id)
  )`,
]

/** Made when the rows are in: indexes for the foreign keys and for what is often asked, and the views. */
export const indexesAndViews: readonly string[] = [
  'CREATE INDEX employees_manager ON employees (manager_id)',
  'CREATE INDEX customers_country ON customers (country)',
  'CREATE INDEX addresses_customer ON addresses (customer_id)',
  'CREATE INDEX categories_parent ON categories (parent_id)',
  'CREATE INDEX products_category ON products (category_id)',
  'CREATE INDEX product_tags_tag ON product_tags (tag_id)',
  'CREATE INDEX orders_customer ON orders (customer_id)',
  'CREATE INDEX orders_employee ON orders (employee_id)',
  'CREATE INDEX orders_date ON orders (order_date)',
  'CREATE INDEX order_items_product ON order_items (product_id)',
  'CREATE INDEX payments_order ON payments (order_id)',
  'CREATE INDEX reviews_customer ON reviews (customer_id)',
  `CREATE VIEW sales_by_country AS
    SELECT c.country,
      COUNT(*) AS orders,
      CAST(SUM(o.total) AS DECIMAL(14,2)) AS revenue,
      CAST(MIN(o.order_date) AS TEXT) AS first_order,
      CAST(MAX(o.order_date) AS TEXT) AS last_order
    FROM orders o JOIN customers c ON c.id = o.customer_id
    WHERE o.status NOT IN ('cancelled', 'returned')
    GROUP BY c.country`,
]
