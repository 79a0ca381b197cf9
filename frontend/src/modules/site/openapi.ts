/** The part of an OpenAPI 3.0 document the developers' page shows. */
export interface Schema {
  $ref?: string
  type?: string
  format?: string
  enum?: unknown[]
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
  description?: string
}
export interface Parameter {
  $ref?: string
  name: string
  in: 'query' | 'path' | 'header' | 'cookie'
  required?: boolean
  description?: string
  schema?: Schema
}
interface Content {
  content?: Record<string, { schema?: Schema }>
  description?: string
  $ref?: string
}
interface RawOperation {
  operationId: string
  summary?: string
  description?: string
  tags?: string[]
  security?: Record<string, unknown>[]
  parameters?: Parameter[]
  requestBody?: Content
  responses: Record<string, Content>
}
export interface Document {
  paths: Record<string, Record<string, unknown> & { parameters?: Parameter[] }>
  components?: Record<string, Record<string, unknown>>
}

export interface Operation {
  id: string
  method: string
  path: string
  tag: string
  summary: string
  description: string
  open: boolean
  parameters: Parameter[]
  body: string
  answers: { status: string; text: string; shape: string }[]
}

const methods = ['get', 'post', 'put', 'patch', 'delete']

/** All operations of a document, with references resolved. */
export function operationsOf(document: Document): Operation[] {
  const resolve = <T extends { $ref?: string }>(node: T): T => {
    if (!node.$ref) return node
    const [, , kind, name] = node.$ref.split('/')
    return (document.components?.[kind!]?.[name!] as T | undefined) ?? node
  }
  const shapeOf = (content?: Content): string => {
    const schema = content && Object.values(resolve(content).content ?? {})[0]?.schema
    return schema ? outline(schema, resolve) : ''
  }
  return Object.entries(document.paths).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const op = item[method] as RawOperation | undefined
      if (!op) return []
      return [{
        id: op.operationId,
        method: method.toUpperCase(),
        path,
        tag: op.tags?.[0] ?? '',
        summary: op.summary ?? '',
        description: op.description ?? '',
        open: op.security?.some((way) => Object.keys(way).length === 0) ?? false,
        parameters: [...(item.parameters ?? []), ...(op.parameters ?? [])].map(resolve),
        body: shapeOf(op.requestBody),
        answers: Object.entries(op.responses).map(([status, answer]) => ({ status, text: resolve(answer).description ?? '', shape: shapeOf(answer) })),
      }]
    }),
  )
}

/** A schema in the manner of TypeScript, one level deep: enough to see what goes in and out. */
export function outline(schema: Schema, resolve: <T extends { $ref?: string }>(node: T) => T): string {
  const nameOf = (node: Schema): string => {
    if (node.$ref) return node.$ref.split('/').pop()!
    if (node.enum) return node.enum.map((value) => JSON.stringify(value)).join(' | ')
    if (node.type === 'array') return `${node.items ? nameOf(node.items) : 'unknown'}[]`
    return node.format ? `${node.type} (${node.format})` : (node.type ?? 'object')
  }
  const full = resolve(schema)
  if (!full.properties) return nameOf(schema)
  const required = new Set(full.required)
  const lines = Object.entries(full.properties).map(([name, node]) => `  ${name}${required.has(name) ? '' : '?'}: ${nameOf(node)}`)
  return `{\n${lines.join('\n')}\n}`
}
