import { moduleText } from '@/app/i18n'

export const useText = moduleText('rewardrules', {
  'zh-CN': {
    title: '揭榜奖励规则', lead: '规则按生效日期管理。改动只对今天及以后起作用，过去任何一天的测算结果不变。先预览涉及的项目和金额，再生效。',
    noneSoon: '{day} 之后没有生效的规则，届时将无法测算奖励。请增加下一版。', noneNow: '今天没有生效的规则。', add: '增加下一版', from: '生效日期', until: '失效日期', untilHelp: '含当日；不填则长期有效', clause: '政策依据与条款', share: '奖励比例（%）', shareHelp: '占经核定的实际研发投入', cap: '单个项目上限（万元）',
    titles: '揭榜单位须持有其一', titlesHelp: '都不选则不作要求', sizes: '发榜单位规模', asOf: '称号认定时点', asOfs: { bid: '提交揭榜书之日', award: '定榜公布之日', claim: '测算之日' }, national: '须在国家平台发布并有中榜证明', pending: '待核（来源为征求意见稿或数据未经确认）', began: '已经生效：内容不能改，可以调整失效日期或增加新版本。', remove: '删除这一版', version: '第 {n} 版', fresh: '新版', current: '今天适用', toCome: '尚未生效', ended: '已失效',
    preview: '预览影响', nothing: '与现行规则没有差别。', differs: '自 {day} 起有变化', tasks: '共有技术攻关项目 {n} 个，其中 {d} 个的奖励已经批准，不受影响。', touched: '涉及 {n} 个项目，测算金额合计变动 {sum}。', none: '目前没有项目的测算结果会变。', task: '项目', org: '揭榜单位', before: '现行测算', after: '改后测算', difference: '差额', noRule: '无规则', verdicts: { met: '符合', unmet: '不符合', unknown: '资料不全', manual: '待人工判断' },
    save: '生效', reason: '改动理由', saved: '规则已更新', stale: '规则刚被别人改动，已载入最新内容', sets: '历次改动', shipped: '系统初始规则', by: '办理人', undo: '恢复到这一版', undoText: '自 {day} 起：{text}', undone: '已恢复', undoOf: '恢复自第 {n} 次', set: '第 {n} 次', now: '现行', rules: '{n} 条规则',
  },
  en: {
    title: 'Reward rules', lead: 'Rules hold from day to day. A change reaches today and later; what any earlier day came to stays. See which tasks it touches, and by how much, before it counts.',
    noneSoon: 'No rule holds after {day}; rewards cannot be computed then. Add the next one.', noneNow: 'No rule holds today.', add: 'Add the next', from: 'From', until: 'Until', untilHelp: 'That day included; empty has no end', clause: 'Policy and clause', share: 'Share (%)', shareHelp: 'Of the verified research cost', cap: 'At most for one task (10,000 yuan)',
    titles: 'The winner holds one of', titlesHelp: 'None chosen asks nothing', sizes: 'Size of the issuer', asOf: 'Titles held on', asOfs: { bid: 'the day of the bid', award: 'the day of the award', claim: 'the day of the computation' }, national: 'On the national platform, with its award proven', pending: 'To be confirmed (the source is a draft)', began: 'It has begun: its text stays; move its end or add another.', remove: 'Take out', version: 'Version {n}', fresh: 'New', current: 'Holds today', toCome: 'To come', ended: 'Ended',
    preview: 'See what it touches', nothing: 'No difference to the rules in force.', differs: 'From {day} on', tasks: '{n} research tasks; {d} have an approved reward, which stays.', touched: 'Touches {n} tasks; together {sum}.', none: 'No task comes to anything else.', task: 'Task', org: 'Winner', before: 'Now', after: 'Then', difference: 'Difference', noRule: 'No rule', verdicts: { met: 'met', unmet: 'not met', unknown: 'incomplete', manual: 'to be judged' },
    save: 'Put into force', reason: 'Why', saved: 'The rules are in force', stale: 'Somebody changed the rules meanwhile; the newest are loaded', sets: 'Changes', shipped: 'What the product came with', by: 'By', undo: 'Back to this', undoText: 'From {day} on: {text}', undone: 'Put back', undoOf: 'back from No. {n}', set: 'No. {n}', now: 'in force', rules: '{n} rules',
  },
})
