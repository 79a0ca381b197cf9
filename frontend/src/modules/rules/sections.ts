import { demandRules } from '@/modules/demandwork/rules'
import { achievementRules } from '@/modules/achievement/rules'
import { engagementRules } from '@/modules/engagement/rules'
import { providerRules } from '@/modules/provider/rules'
import type { RuleSection } from './section'

/** Every service's rules, in the order of the page's tabs. */
export const sections: RuleSection[] = [providerRules, demandRules, engagementRules, achievementRules]
