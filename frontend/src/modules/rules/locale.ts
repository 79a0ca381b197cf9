import { moduleText } from '@/app/i18n'

export const useText = moduleText('rules', {
  'zh-CN': {
    title: '规则与期限', rewards: '揭榜奖励规则', lead: '各市不同的条件、期限和权重。改之前先看影响到谁；每次修改都留下版本、依据和经办人，可以恢复。', which: '哪一类规则',
    since: '现行规则自 {at} 起', unverified: '待核', unverifiedHelp: '尚无正式文本可核对', verified: '已核对', mark: '{name}：待核', asAll: '同全市', from: '生效日期', fromHelp: '不填为保存后立即生效；已受理的申请、已起算的期限不变',
    loaded: '已载入 {at} 的版本。先看影响，再保存为新版本。', changed: '改动 {n} 处', none: '没有改动', preview: '看影响到谁', save: '保存为新版本', reason: '修改依据（文件名称、条款或会议）', saved: '新版本已保存', stale: '别人刚刚改过，已载入最新规则，请重新填写。',
    touches: '影响', looked: '核对了 {n} 项在办和在库记录', changes: '{n} 项会变', keeps: '{n} 项照旧', nothing: '不影响任何在办事项。', changesText: '保存后按新规则', keepsText: '已承诺的不变：提交时的条件、已起算的期限、已公示的结果', draft: '未提交的草稿', cut: '只列出前 {n} 项',
    checks: { met: '符合', unmet: '不符合', unknown: '未填写' }, clear: '可以公示', instead: '按新规则会是 {value}',
    versions: '历次版本', current: '现行', ahead: '未到生效日', first: '初始规则', restore: '恢复这一版', by: '{name}', set: '设为 {value}', removed: '取消', reputation: '评价得分',
    units: { bp: '%', workingDays: '工作日', days: '天', months: '个月', years: '年', percent: '%', count: '', score: '分', wan: '万元', names: '用顿号分开', text: '', switch: '' },
  },
  en: {
    title: 'Rules', rewards: 'Reward rules', lead: 'Thresholds, clocks and weights that differ from city to city. See whom a change touches first; every version keeps its reason and its author, and can be restored.', which: 'Which rules',
    since: 'In force since {at}', unverified: 'to be confirmed', unverifiedHelp: 'No official text could be found', verified: 'confirmed', mark: '{name}: to be confirmed', asAll: 'as for all', from: 'In force from', fromHelp: 'Empty is at once; what was handed in and clocks that run stay as they are',
    loaded: 'The version of {at} is loaded. See whom it touches, then save it as a new one.', changed: '{n} changes', none: 'Nothing is changed', preview: 'Whom does it touch?', save: 'Save as a new version', reason: 'On what grounds', saved: 'A new version is saved', stale: 'Somebody else changed the rules; the latest are loaded.',
    touches: 'Whom it touches', looked: '{n} records looked at', changes: '{n} change', keeps: '{n} stay', nothing: 'Nobody under way is touched.', changesText: 'By the new rules once saved', keepsText: 'What was promised stays: thresholds of the day, clocks that run, results that are up', draft: 'a draft not handed in', cut: 'The first {n} only',
    checks: { met: 'met', unmet: 'not met', unknown: 'not said' }, clear: 'can go up for notice', instead: 'would be {value}',
    versions: 'Versions', current: 'in force', ahead: 'ahead', first: 'The first rules', restore: 'Restore', by: '{name}', set: 'set to {value}', removed: 'dropped', reputation: 'Score',
    units: { bp: '%', workingDays: 'working days', days: 'days', months: 'months', years: 'years', percent: '%', count: '', score: 'points', wan: '10,000 yuan', names: 'with commas', text: '', switch: '' },
  },
})
