// The six cases: what the bare servers run, and the same question over REST and MCP. `n` is drawn anew for each request.
const customerColumns = [
  'id',
  'name',
  'email',
  'phone',
  'country',
  'segment',
  'balance',
  'active',
  'birthday',
  'created_at',
  'notes',
]
const orderColumns = ['id', 'customer_id', 'status', 'total', 'ordered_at']
const items = `(SELECT coalesce(json_agg(json_build_object('order_id', i.order_id, 'line_no', i.line_no, 'product', i.product,
  'quantity', i.quantity, 'price', i.price) ORDER BY i.order_id, i.line_no), '[]') FROM order_items i WHERE i.order_id = o.id)`

/**
 * path: of the bare servers and (below the service) of REST, with the number of the request as %d. rows: the statement.
 * json: the same one with its JSON made by the database. values: of a number.
 */
export const cases = [
  {
    name: 'one row by key',
    most: 100_000,
    rest: '/_table/customers/%d',
    rows: `SELECT ${customerColumns.join(', ')} FROM customers WHERE id = $1`,
    json: `SELECT row_to_json(t)::text FROM (SELECT ${customerColumns.join(', ')} FROM customers WHERE id = $1) t`,
    values: (n) => [n],
    one: true,
    tool: 'get_table_data',
    input: (n) => `{"table_name":"customers","ids":[${n}]}`,
  },
  {
    name: '100 rows filtered and ordered',
    most: 900_000,
    rest: "/_table/orders?filter=status%%20%%3D%%20'paid'%%20and%%20id%%20%%3E%%20%d&order=id&limit=100",
    rows: `SELECT ${orderColumns.join(', ')} FROM orders WHERE status = $1 AND id > $2 ORDER BY id LIMIT 101`,
    json: `SELECT coalesce(json_agg(t), '[]')::text FROM (SELECT ${orderColumns.join(', ')} FROM orders WHERE status = $1 AND id > $2 ORDER BY id LIMIT 101) t`,
    values: (n) => ['paid', n],
    tool: 'get_table_data',
    input: (n) => `{"table_name":"orders","filter":"status = 'paid' and id > ${n}","order":"id","limit":100}`,
  },
  {
    name: '1,000 rows',
    most: 90_000,
    rest: '/_table/customers?filter=id%%20%%3E%%20%d&order=id&limit=1000',
    rows: `SELECT ${customerColumns.join(', ')} FROM customers WHERE id > $1 ORDER BY id LIMIT 1001`,
    json: `SELECT coalesce(json_agg(t), '[]')::text FROM (SELECT ${customerColumns.join(', ')} FROM customers WHERE id > $1 ORDER BY id LIMIT 1001) t`,
    values: (n) => [n],
    tool: 'get_table_data',
    input: (n) => `{"table_name":"customers","filter":"id > ${n}","order":"id","limit":1000}`,
  },
  {
    name: 'aggregate over 10,000 rows',
    most: 98_000,
    rest: '/_table/orders/_aggregate?aggregates=%%5B%%7B%%22function%%22%%3A%%22count%%22%%2C%%22alias%%22%%3A%%22n%%22%%7D%%2C%%7B%%22function%%22%%3A%%22sum%%22%%2C%%22field%%22%%3A%%22total%%22%%2C%%22alias%%22%%3A%%22sum%%22%%7D%%5D&group_by=status&filter=customer_id%%20%%3E%%3D%%20%d%%20and%%20customer_id%%20%%3C%%20:e',
    rows: 'SELECT status, count(*) AS n, sum(total) AS sum FROM orders WHERE customer_id >= $1 AND customer_id < $2 GROUP BY status LIMIT 101',
    json: `SELECT coalesce(json_agg(t), '[]')::text FROM (SELECT status, count(*) AS n, sum(total) AS sum FROM orders WHERE customer_id >= $1 AND customer_id < $2 GROUP BY status LIMIT 101) t`,
    values: (n) => [n, n + 1000],
    tool: 'aggregate_data',
    input: (n, e) =>
      `{"table_name":"orders","aggregates":[{"function":"count","alias":"n"},{"function":"sum","field":"total","alias":"sum"}],"group_by":["status"],"filter":"customer_id >= ${n} and customer_id < ${e}"}`,
  },
  {
    name: 'an insert',
    most: 1_000_000,
    rest: '/_table/events',
    body: (n) => `{"kind":"click","amount":${n}.25,"at":"2026-01-31T12:00:00Z"}`,
    rows: 'INSERT INTO events (kind, amount, at) VALUES ($1, $2, $3) RETURNING id',
    json: `WITH t AS (INSERT INTO events (kind, amount, at) VALUES ($1, $2, $3) RETURNING id) SELECT json_agg(t)::text FROM t`,
    values: (_n, body) => [body.kind, body.amount, body.at],
    tool: 'create_records',
    input: (n) => `{"table_name":"events","records":[{"kind":"click","amount":${n}.25,"at":"2026-01-31T12:00:00Z"}]}`,
  },
  {
    name: '20 orders with their items',
    most: 900_000,
    rest: '/_table/orders?filter=id%%20%%3E%%20%d&order=id&limit=20&related=order_items_by_order_id',
    rows: `SELECT ${orderColumns.map((c) => `o.${c}`).join(', ')}, ${items} AS order_items_by_order_id FROM orders o WHERE o.id > $1 ORDER BY o.id LIMIT 21`,
    json: `SELECT coalesce(json_agg(t), '[]')::text FROM (SELECT ${orderColumns.map((c) => `o.${c}`).join(', ')}, ${items} AS order_items_by_order_id FROM orders o WHERE o.id > $1 ORDER BY o.id LIMIT 21) t`,
    values: (n) => [n],
    tool: 'get_table_data',
    input: (n) =>
      `{"table_name":"orders","filter":"id > ${n}","order":"id","limit":20,"related":"order_items_by_order_id"}`,
  },
]
