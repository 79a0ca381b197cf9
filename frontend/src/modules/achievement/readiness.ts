import { tMaybe } from '@/app/i18n'
import { useText as t } from './locale'

/** A level of technology readiness in plain words: `6 级（样机在现场试过）`. */
export const readiness = (level: number): string => `${t('trl.level', { n: level })}（${tMaybe(`achievement.trl.${level}`)}）`
