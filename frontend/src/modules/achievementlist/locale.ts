import { moduleText } from '@/app/i18n'

export const useText = moduleText('achievementlist', {
  'zh-CN': {
    back: '成果清单', count: '{n} 项公开', ofCount: '共 {n} 项，其中 {m} 项公开', withdrawn: '清单页已撤下：{reason}', empty: '清单里还没有成果。', emptyOwn: '用表格导入，或在成果里填写清单名称，就会出现在这里。', item: '成果', state: '状态', trl: '成熟度', ways: '合作方式', price: '意向价格', level: '{n} 级',
    files: '带走这份清单', feed: 'JSON 订阅', rss: 'RSS 订阅', xlsx: 'Excel', csv: 'CSV',
    act: {
      title: '对所选成果', submitAchievement: '提交审核（{n}）', forwardAchievement: '同意并上报（{n}）', publishAchievement: '发布（{n}）', withdrawAchievement: '撤回（{n}）', remove: '移出清单（{n}）', pick: '勾选成果后可以整批办理。',
      sure: '将对所选 {n} 项成果办理。不符合条件的会留在原处并说明原因。', reason: '理由', done: '已办理 {n} 项', refused: '{n} 项没有办理', because: { incomplete: '还没写完：缺{fields}', other: '{why}' },
    },
    fields: { name: '成果名称', field: '技术领域', trl: '成熟度', ways: '合作方式', summary: '成果简介', problem: '解决的问题', priceFen: '意向价格', contact: '联系人', ip: '知识产权', openTerms: '开放许可条件' },
    own: { edit: '改名与说明', clone: '另起一期', withdraw: '撤下清单页', import: '表格导入', save: '保存', cancel: '取消', saved: '已保存', cloned: '新一期已建立，成果沿用，没有重复录入', cloneHelp: '沿用清单里的成果（已撤回、已转让的除外），不会复制出第二份。', withdrawText: '撤下后公众看不到这份清单的页面，里面的成果不受影响。', reason: '撤下原因', withdrawnDone: '清单页已撤下' },
    form: { name: '清单名称', issue: '期次', issueHelp: '例如“2026年第1期”', period: '覆盖时段', note: '说明' },
    mine: { title: '成果清单', lead: '本校的清单和期次：整批导入、提交、发布，一项成果可以列入多期。', create: '新建清单', make: '建立清单', made: '清单已建立', none: '还没有清单', noneText: '先建一份清单，再用表格把成果整批导入；也可以在填写成果时写上清单名称。', states: '办理情况', at: '建立时间', withdrawn: '已撤下' },
    import: {
      title: '用表格导入成果', lead: '上传后逐行核对：哪个格子不对、哪些已经有了，都先说清楚。核对完之前不会写入任何成果。', template: '下载模板', file: '选择表格文件', help: '支持 .xlsx 和 .csv（含 GBK），10 MB、5,000 行以内。学校自己的列名也能对应。', into: '导入到清单', intoNone: '不归入清单（表里写了清单名称的照表里）', recent: '以往的导入', none: '还没有导入过', name: '文件', rows: '行数', state: '状态', at: '时间', open: '待处理',
      states: { ready: '待核对', entering: '正在写入', entered: '已写入', discarded: '已放弃' },
      check: '核对成果表格', checkLead: '{file}，共 {n} 行', list: '导入到清单：{name}',
      tabs: { error: '要改的（{n}）', proposed: '可能重复（{n}）', new: '新增（{n}）', merge: '合并（{n}）', separate: '确认不同（{n}）', skip: '不导入（{n}）' }, nothing: '没有这样的行。',
      row: '第 {n} 行', edit: '修改', close: '收起', saved: '第 {n} 行已保存', problems: '{n} 处要改', warnings: '提交前还要补：{fields}', digit: '专利号校验位对不上，请核对：{number}',
      why: { same_number: '同一专利或登记号 {number}', same_title: '名称相同', near_title: '名称相近（{score}%）' }, earlier: '本表第 {n} 行', locked: '它正在审核或已转让：合并时不改它的内容，只列入本清单。', versioned: '它已发布：合并作为新版本提交，含实质内容的审核同意后生效。', same: '内容没有不同。', differs: '合并将改动：', before: '现有', after: '表中', take: '采用表中的', which: '与哪一项相同',
      decide: { merge: '合并', separate: '不是同一项', skip: '不导入', undecided: '重新决定' }, decided: { merge: '将合并', separate: '已确认不同，将新增', skip: '不导入', new: '将新增', error: '要改', proposed: '等您决定' },
      exact: '其中 {n} 行名称完全相同、编号不冲突，可以一次决定：', exactMerge: '全部合并', exactSkip: '全部不导入',
      blocked: '还有 {e} 行要改、{p} 行可能重复等您决定。', ready: '将新增 {a} 项、合并 {m} 项。', commit: '写入 {n} 行', commitText: '新增的成为草稿，合并的按您的选择更新，之后仍可逐项修改。', discard: '放弃这次导入', discardText: '没有成果被写入；已上传和修改的内容不再保留。', discarded: '这次导入已放弃，没有写入任何成果。',
      progress: '正在写入：{done} / {n} 行', done: '已新增 {a} 项草稿，合并 {m} 项', toList: '去看清单', toMine: '去看我的成果',
    },
  },
  en: {
    back: 'Lists', count: '{n} public', ofCount: '{n} in all, {m} public', withdrawn: 'This page was taken back: {reason}', empty: 'Nothing on this list yet.', emptyOwn: 'Import a table, or name the list in an achievement.', item: 'Achievement', state: 'State', trl: 'Readiness', ways: 'Ways', price: 'Price', level: 'level {n}',
    files: 'Take the list away', feed: 'JSON feed', rss: 'RSS feed', xlsx: 'Excel', csv: 'CSV',
    act: {
      title: 'With those chosen', submitAchievement: 'Hand in ({n})', forwardAchievement: 'Approve and forward ({n})', publishAchievement: 'Publish ({n})', withdrawAchievement: 'Withdraw ({n})', remove: 'Take off the list ({n})', pick: 'Tick achievements to deal with many at once.',
      sure: 'The step is taken with {n} achievements. What cannot be moved stays and says why.', reason: 'Reason', done: '{n} done', refused: '{n} not done', because: { incomplete: 'incomplete: {fields}', other: '{why}' },
    },
    fields: { name: 'name', field: 'field', trl: 'readiness', ways: 'ways', summary: 'summary', problem: 'problem', priceFen: 'price', contact: 'contact', ip: 'rights', openTerms: 'open licence' },
    own: { edit: 'Rename', clone: 'Next issue', withdraw: 'Take the page back', import: 'Import', save: 'Save', cancel: 'Cancel', saved: 'Saved', cloned: 'The next issue names the same achievements; nothing is doubled', cloneHelp: 'It names the same achievements, but for those withdrawn or transferred; none is copied.', withdrawText: 'The public no longer sees the page; the achievements stay as they are.', reason: 'Reason', withdrawnDone: 'Taken back' },
    form: { name: 'Name', issue: 'Issue', issueHelp: 'Such as 2026-1', period: 'Period', note: 'Note' },
    mine: { title: 'Lists', lead: 'Lists and issues of this university: import, hand in and publish many at once; an achievement may be on several.', create: 'New list', make: 'Make the list', made: 'The list is there', none: 'No list yet', noneText: 'Make a list, then import a table; or name the list in an achievement.', states: 'Where they stand', at: 'Made', withdrawn: 'taken back' },
    import: {
      title: 'Import achievements', lead: 'Each row is checked first: which cell is wrong, and what is there already. Nothing is entered before that.', template: 'Download the template', file: 'Choose a table', help: '.xlsx or .csv (GBK too), up to 10 MB and 5,000 rows. Your own column names can be mapped.', into: 'Into the list', intoNone: 'No list (rows that name one go on it)', recent: 'Earlier imports', none: 'No import yet', name: 'File', rows: 'Rows', state: 'State', at: 'Time', open: 'Open',
      states: { ready: 'to be checked', entering: 'being entered', entered: 'entered', discarded: 'given up' },
      check: 'Check the table', checkLead: '{file}, {n} rows', list: 'Into the list: {name}',
      tabs: { error: 'To mend ({n})', proposed: 'Maybe there already ({n})', new: 'New ({n})', merge: 'Merge ({n})', separate: 'Not the same ({n})', skip: 'Left out ({n})' }, nothing: 'No such row.',
      row: 'Row {n}', edit: 'Mend', close: 'Close', saved: 'Row {n} is saved', problems: '{n} to mend', warnings: 'Needed before handing in: {fields}', digit: 'The check digit does not fit: {number}',
      why: { same_number: 'Same right, {number}', same_title: 'Same title', near_title: 'Like title ({score}%)' }, earlier: 'Row {n} of this table', locked: 'It is being reviewed or transferred: a merge leaves its text and puts it on the list.', versioned: 'It is published: a merge is handed in as a version, reviewed when it is of substance.', same: 'Nothing differs.', differs: 'A merge changes:', before: 'There', after: 'Table', take: 'Take the table’s', which: 'Same as',
      decide: { merge: 'Merge', separate: 'Not the same', skip: 'Leave out', undecided: 'Decide again' }, decided: { merge: 'will be merged', separate: 'not the same, will be new', skip: 'left out', new: 'will be new', error: 'to mend', proposed: 'waits for you' },
      exact: '{n} of them have the very title and no other number; decide them at one word:', exactMerge: 'Merge them all', exactSkip: 'Leave them all out',
      blocked: '{e} rows to mend and {p} to decide are left.', ready: '{a} will be new, {m} merged.', commit: 'Enter {n} rows', commitText: 'New ones become drafts, merges change what you chose.', discard: 'Give up', discardText: 'Nothing is entered; what was uploaded is not kept.', discarded: 'Given up; nothing was entered.',
      progress: 'Entering: {done} of {n} rows', done: '{a} drafts made, {m} merged', toList: 'See the list', toMine: 'See my achievements',
    },
  },
})
