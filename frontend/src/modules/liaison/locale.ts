import { moduleText } from '@/app/i18n'

export const useText = moduleText('liaison', {
  'zh-CN': {
    title: '服务专员', lead: '一企一员：走访、诉求、解决情况记在台账里，每年核对每家企业解决了几件（件数在“城市数据”里定，待核）。',
    import: '导入台账', importHelp: '.xlsx 或 .csv，按列名识别；企业、类型、日期和内容都相同的更新，其余新增。先核对，再导入。', sheet: { firm: '企业', kind: '类型', on: '日期', summary: '内容', dueOn: '办结期限', solvedOn: '解决日期', outcome: '解决情况', visible: '企业可见' },
    year: '年度', export: '导出台账', figures: '年度核对', by: { liaison: '按专员', district: '按区县' },
    columns: { name: '名称', firms: '企业数', visited: '已走访', solved: '解决诉求', open: '未解决', overdue: '已逾期', short: '还没解决过', firm: '企业', place: '区县', liaison: '服务专员', visits: '走访', last: '最近服务' },
    rows: '企业', all: '全部企业', shortOnly: '只看今年还没解决过困难的', clear: '看全部', none: '还没有指派服务专员', noneText: '在上方选专员和企业，或整个区县一次指派。',
    assign: '指派服务专员', firmHint: '已核验的企业；区县工作人员只指派本区县的', who: '服务专员', firms: '企业', district: '或整个区县（已核验企业）', onlyWithout: '已有专员的不改', go: '指派', done: '已指派 {n} 家', choose: '请选择',
    ledger: '服务台账', record: '记一笔', kind: '类型', kinds: { visit: '走访', difficulty: '诉求', help: '其他服务' }, on: '日期', summary: '内容', summaryHelp: '一件事记一笔', dueOn: '办结期限', dueHelp: '到期前 3 天提醒一次', outcome: '解决情况', outcomeHelp: '写上就算解决', visible: '企业可见',
    save: '记下', saved: '已记入台账', edit: '补记', cancel: '取消', empty: '台账还是空的', due: '应在 {on} 前解决', solved: '{on} 解决：{what}', late: '已逾期', hidden: '仅工作人员可见', shown: '企业可见', by1: '{name} 记录', noLiaison: '这家企业还没有服务专员', since: '{office} · {at} 起',
    own: '我的服务专员', ownNone: '暂未指派服务专员', ownLead: '有困难可以找他；标为“企业可见”的服务记录在下面。',
  },
  en: {
    title: 'Liaisons', lead: 'One member of staff per firm; visits, difficulties and what was solved go into the ledger, and each year is checked (how many a firm is in the city’s data, unconfirmed).',
    import: 'Import a ledger', importHelp: '.xlsx or .csv, columns by name; a row with the firm, kind, day and text of an entry changes it, any other is added. Check first, then import.', sheet: { firm: 'Firm', kind: 'Kind', on: 'Day', summary: 'What', dueOn: 'Due', solvedOn: 'Solved on', outcome: 'What was solved', visible: 'Firm may read it' },
    year: 'Year', export: 'Export the ledger', figures: 'Yearly check', by: { liaison: 'By liaison', district: 'By district' },
    columns: { name: 'Name', firms: 'Firms', visited: 'Visited', solved: 'Solved', open: 'Open', overdue: 'Overdue', short: 'Nothing solved', firm: 'Firm', place: 'District', liaison: 'Liaison', visits: 'Visits', last: 'Last service' },
    rows: 'Firms', all: 'All firms', shortOnly: 'Only firms with nothing solved this year', clear: 'All', none: 'No liaison yet', noneText: 'Choose a liaison and firms above, or a whole district.',
    assign: 'Assign', firmHint: 'Verified firms; district staff assign in their own district', who: 'Liaison', firms: 'Firm', district: 'Or a whole district (verified firms)', onlyWithout: 'Leave firms that have one', go: 'Assign', done: '{n} assigned', choose: 'Choose',
    ledger: 'Service ledger', record: 'Write', kind: 'Kind', kinds: { visit: 'Visit', difficulty: 'Difficulty', help: 'Other help' }, on: 'Day', summary: 'What', summaryHelp: 'One thing each', dueOn: 'Due', dueHelp: 'Reminded once, three days before', outcome: 'What was solved', outcomeHelp: 'Written means solved', visible: 'The firm may read it',
    save: 'Write down', saved: 'In the ledger', edit: 'Add to it', cancel: 'Cancel', empty: 'The ledger is empty', due: 'Due {on}', solved: 'Solved {on}: {what}', late: 'Overdue', hidden: 'Staff only', shown: 'Firm may read', by1: 'by {name}', noLiaison: 'No liaison yet', since: '{office} · since {at}',
    own: 'Our liaison', ownNone: 'None assigned yet', ownLead: 'Turn to them with any difficulty; what is marked for you stands below.',
  },
})
