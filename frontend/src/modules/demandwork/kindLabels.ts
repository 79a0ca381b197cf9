import type { Demand } from '@/api/paths'
import { tMaybe } from '@/app/i18n'

/** What a field is called for a kind of demand: its own word where it has one, the common one else. */
export const labelOf = (kind: Demand['DemandKind'], field: string): string => tMaybe(`demandwork.kinds.${kind}.${field}`, tMaybe(`demandwork.fields.${field}`, field))
