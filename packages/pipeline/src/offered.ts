import type { Catalog, Operation, OperationsOf, Service, Surface } from '@gatehouse/core'

/** Every operation of a service on a surface, whoever asks. */
interface Offer {
  readonly catalog: Catalog
  readonly list: readonly Operation[]
  readonly operations: ReadonlyMap<string, Operation>
}

export type Offered = (service: Service, surface: Surface) => Offer

/** Made once for each catalog; never shown to a caller. */
export function createOffered(operationsOf: OperationsOf): Offered {
  const made = new Map<string, Offer>()
  return (service, surface) => {
    const key = `${surface} ${service.name}`
    const known = made.get(key)
    if (known?.catalog === service.catalog) return known
    const list = operationsOf(service, service.catalog).filter(({ surfaces }) => surfaces.includes(surface))
    const operations = new Map(list.map((operation) => [operation.name, operation]))
    const offer = { catalog: service.catalog, list, operations }
    made.set(key, offer)
    return offer
  }
}
