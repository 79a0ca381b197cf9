import { expect, it } from 'vitest'
import { operationsOf } from './openapi'

it('lists operations with their references resolved', () => {
  const [op] = operationsOf({
    paths: {
      '/things/{id}': {
        parameters: [{ $ref: '#/components/parameters/Id' } as never],
        get: {
          operationId: 'getThing', tags: ['thing'], security: [{}], summary: 'One thing',
          responses: { 200: { description: 'It', content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } } },
        },
      },
    },
    components: {
      parameters: { Id: { name: 'id', in: 'path', required: true } },
      schemas: { Thing: { type: 'object', required: ['id'], properties: { id: { type: 'string' }, parts: { type: 'array', items: { $ref: '#/components/schemas/Part' } } } } },
    },
  })
  expect(op).toMatchObject({ id: 'getThing', method: 'GET', open: true, parameters: [{ name: 'id' }] })
  expect(op!.answers[0]).toEqual({ status: '200', text: 'It', shape: '{\n  id: string\n  parts?: Part[]\n}' })
})
