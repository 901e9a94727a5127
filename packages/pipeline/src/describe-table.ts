import type {
  AcrossRelationship,
  Column,
  JsonObject,
  JsonValue,
  Relationship,
  Routine,
  Table,
  TableAbilities,
} from '@gatehouse/core'

/** Verbs that the caller may use on the table. */
function accessOf(can: TableAbilities): readonly string[] {
  return (['read', 'create', 'update', 'delete'] as const).filter((verb) => can[verb])
}

/** One table in a list. */
export function tableItem(table: Table, includeAccess: boolean): JsonObject {
  return present({
    name: table.name,
    label: table.label ?? labelOf(table.name),
    description: table.comment,
    is_view: table.kind === 'view' ? true : undefined,
    access: includeAccess ? accessOf(table.can) : undefined,
  })
}

/** All about one table: columns, keys, relationships. */
export function describeTable(table: Table): JsonObject {
  return present({
    name: table.name,
    label: table.label ?? labelOf(table.name),
    description: table.comment,
    is_view: table.kind === 'view',
    primary_key: table.primaryKey,
    field: [...table.columns.values()].map((column) => describeColumn(column, table)),
    related: relationshipsOf(table).map(describeRelationship),
    unique_keys: list(table.uniqueKeys.map(({ name, columns }) => ({ name, fields: columns }))),
    foreign_keys: list(
      table.foreignKeys.map((key) => ({
        name: key.name,
        fields: key.columns,
        ref_table: key.references,
        ref_fields: key.referencedColumns,
      })),
    ),
    checks: list(table.checks.map(({ name, expression }) => ({ name, expression }))),
    row_estimate: table.rows,
    access: accessOf(table.can),
  })
}

export function describeColumn(column: Column, table: Table): JsonObject {
  const key = table.foreignKeys.find(({ columns }) => columns.length === 1 && columns[0] === column.name)
  const unique = (columns: readonly string[]) => columns.length === 1 && columns[0] === column.name
  return present({
    name: column.name,
    label: labelOf(column.name),
    description: column.comment,
    type: column.type,
    db_type: column.nativeType,
    length: column.length,
    precision: column.precision,
    scale: column.scale,
    default: column.default,
    allow_null: column.nullable,
    required: !(column.nullable || column.default !== undefined || column.identity || column.generated),
    auto_increment: column.identity,
    read_only: column.generated,
    is_primary_key: table.primaryKey.includes(column.name),
    is_unique: unique(table.primaryKey) || table.uniqueKeys.some(({ columns }) => unique(columns)),
    is_foreign_key: table.foreignKeys.some(({ columns }) => columns.includes(column.name)),
    ref_table: key?.references,
    ref_field: key?.referencedColumns[0],
    values: column.values,
    mask: column.mask,
  })
}

/** Those within the service, and those to others. */
export function relationshipsOf(table: Table): readonly (Relationship | AcrossRelationship)[] {
  return [...table.relationships.values(), ...(table.across?.values() ?? [])]
}

export function describeRelationship(relationship: Relationship | AcrossRelationship): JsonObject {
  const junction = 'junction' in relationship ? relationship.junction : undefined
  return present({
    name: relationship.name,
    type: relationship.kind,
    fields: relationship.columns,
    ref_service: 'service' in relationship ? relationship.service : undefined,
    ref_table: relationship.table,
    ref_fields: relationship.foreignColumns,
    junction_table: junction?.table,
    junction_fields: junction?.columns,
    junction_ref_fields: junction?.foreignColumns,
  })
}

export function describeRoutine(routine: Routine): JsonObject {
  const { returns } = routine
  return present({
    name: routine.name,
    label: labelOf(routine.name),
    description: routine.comment,
    params: routine.parameters.map(({ name, mode, type, nativeType, required }, i) => ({
      name,
      position: i + 1,
      param_type: mode.toUpperCase(),
      type,
      db_type: nativeType,
      required,
    })),
    returns: returns.kind,
    return_type: returns.kind === 'value' ? returns.type : undefined,
    return_fields:
      returns.kind === 'rows'
        ? returns.columns.map(({ name, type, nativeType }) => ({ name, type, db_type: nativeType }))
        : undefined,
    read_only: routine.readOnly,
  })
}

/** `order_items` as `Order Items`. */
function labelOf(name: string): string {
  return name
    .split(/[_\s.]+/)
    .filter((word) => word !== '')
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join(' ')
}

function list(items: readonly JsonObject[]): readonly JsonObject[] | undefined {
  return items.length > 0 ? items : undefined
}

function present(members: Record<string, JsonValue | undefined>): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
