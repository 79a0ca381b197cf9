import { moduleText } from '@/app/i18n'

export const useText = moduleText('demandwork', {
  'zh-CN': {
    fields: {
      title: '需求名称', kind: '需求类型', mode: '揭榜方式', itemNumber: '企业内部编号', listName: '所属清单', nationalCode: '国家平台公开码', industryCode: '国民经济行业', chain: '产业链', district: '区县', brief: '一句话概述',
      background: '需求背景', difficulty: '主要技术难点', content: '主要研究内容', targets: '主要技术指标', budgetFen: '预算（万元）', budgetNegotiable: '面议', timeLimitMonths: '完成时限（月）', requiredTrl: '希望的技术成熟度', cooperationWays: '合作方式', ipTerms: '知识产权约定',
      bidConditions: '揭榜条件', criteria: '评审标准', maxWinners: '拟选中榜单位数', demandPublic: '公开范围', issuerPublic: '单位名称', audienceOrgIds: '受邀单位', audienceRule: '定向范围', named: '指定单位', sealed: '封存', unit: '计量单位', quantity: '采购数量', paymentDays: '付款期限（天）', payment: '付款期限', trialDays: '试用期限（天）', serviceCategory: '服务类别', plannedDeadline: '计划截止时间', contact: '联系人', contactName: '联系人', contactPhone: '联系电话', contactEmail: '电子邮箱', attachments: '附件', budget: '预算', timeLimit: '完成时限',
    },
    kinds: {
      supply: { background: '采购背景与用途', targets: '规格与质量要求', bidConditions: '供应商准入要求', budgetFen: '采购预算（万元）' },
      scenario: { background: '场景介绍', content: '场地与条件', targets: '验证指标', bidConditions: '申请条件', budgetFen: '后续采购预算（万元）' },
      project: { background: '项目背景', content: '合作内容', bidConditions: '对合作方的要求', budgetFen: '项目投资（万元）' },
      service: { background: '要解决的问题', bidConditions: '对服务机构的要求' },
      rnd: {},
    },
    import: {
      into: '导入到清单', intoNone: '不归入清单', outcome: { new: '新增', changed: '更新', unchanged: '无变化', conflict: '冲突' }, outcomes: '新增 {n} 条，更新 {c} 条，无变化 {u} 条，冲突 {x} 条', conflictHelp: '冲突：同一企业项目编号的需求已提交或发布，且内容不同。可跳过这一行；已发布的请走“变更需求”。', was: '原', is: '改为',
      title: '用表格导入需求', lead: '上传后先逐行核对，改好再生成草稿。核对完之前不会生成任何需求。', template: '下载模板', file: '选择表格文件', help: '支持 .xlsx 和 .csv，10 MB、5,000 行以内。列名与模板不完全一致也能识别常见写法。', recent: '以往的导入', none: '还没有导入过', file_: '文件', rows: '行数', state: '状态', at: '时间', errors: '待改',
      check: '核对导入内容', checkLead: '{file}，共 {n} 行', allRows: '全部行', onlyErrors: '只看要改的行（{n}）', row: '第 {n} 行', skip: '不导入这一行', unskip: '恢复导入', skipped: '不导入', edit: '修改', saved: '第 {n} 行已保存', ok: '没有问题', problems: '{n} 处要改',
      commit: '生成 {n} 条草稿', commitText: '将按表格生成 {n} 条需求草稿，之后可以逐条修改和提交审核。', blocked: '还有 {n} 行要改，改好后才能生成草稿。', discard: '放弃这次导入', discardText: '已上传和修改的内容不再保留，没有需求被创建。', discarded: '这次导入已放弃，没有生成需求。', progress: '正在生成草稿：{done} / {n}', done: '已生成 {n} 条草稿', toList: '去看我的需求', more: '再看一些行',
    },
    list: {
      title: '我的需求', lead: '从草稿到办结的全部需求。', import: '表格导入', create: '新建需求', export: '导出表格', all: '全部', empty: '还没有需求', emptyText: '可以下载模板，用表格一次导入多条；也可以逐条填写。', emptyState: '没有处于这个状态的需求', submit: '提交所选（{n}）', submitText: '将 {n} 条草稿提交审核。内容不完整的会留在草稿里并说明原因。', submitted: '已提交 {n} 条', notSubmitted: '{n} 条没有提交：{why}',
      columns: { title: '需求名称', state: '状态', chain: '产业链', budget: '预算', deadline: '截止', bids: '揭榜', updated: '最近修改' },
    },
    counter: { title: '订单式研发：{name}', background: '{org}已发布成果“{name}”（成熟度 {trl} 级）。{problem}\n该成果与本单位需要接近，尚差之处：', from: '由成果发起' },
    editor: {
      new: '新建需求', modeHelp: { open: '公开征集，任何符合条件的单位都可以参与。', directed: '只有受邀单位可以参与，每家须回复接受或婉拒。', consortium: '由牵头单位组成联合体揭榜，成员逐一确认，工作和经费份额各合计 100%。', race: '赛马制尚未开放。' }, requiredTrlHelp: '不填时，匹配按同类需求通常要求的成熟度看。', requiredTrlAny: '不作要求', paymentHelp: '自交付验收之日起。大型企业和公共单位向中小企业付款一般不超过60天。', backToBack: '以收到第三方付款为付款条件（背靠背）', sealedDefault: '按惯例：公开技术攻关封存，其他不封存', sealedYes: '截止前封存，谁都看不到方案和报价', sealedNo: '不封存，随到随看', edit: '修改需求', lead: '边写边存。标出的问题改好后就可以提交审核。', create: '保存草稿并继续', basics: '基本情况', story: '要解决什么问题', terms: '条件与约定', criteria: '评审标准', visibility: '公开与联系', files: '附件',
      basicsHelp: '名称写清对象和目标，企业会用自己的话检索到它。', storyHelp: '写给没来过你们车间的人看：现状、难在哪里、做到什么程度算成功。', targetsHelp: '每行一条，写明数值和检验方法，例如“主轴温升 ≤ 8 K（连续运行 4 h，红外测温）”。', criteriaHelp: '发榜后不能再改。权重合计须为 100，现为 {n}。不填则采用本市默认标准。', useDefault: '采用本市默认标准', own: '自定标准', addCriterion: '增加一项', remove: '删除', name: '评审项', weight: '权重', guide: '评分要点',
      public: '向社会公开', notPublic: '定向发布，只给选定的单位看', namePublic: '公开单位名称', catalogue: '同意列入主管部门的期次目录：审核通过后可随目录统一编号、统一截止发布',
      nameHidden: '不公开单位名称，揭榜单位承诺保密后可见', filesHelp: 'PDF、图片或 Office 文件，单个 20 MB 以内。公开需求的附件也公开。', upload: '添加附件', negotiable: '面议', choose: '请选择',
      submit: '提交审核', submitText: '提交后由主管部门审核，审核期间不能修改。', submitted: '已提交审核', conflict: '这条需求在别处被改过。已为您保留当前填写的内容，请核对后重新保存。', reload: '载入最新内容', left: '还有 {n} 处要补充', ready: '内容齐全，可以提交审核。', created: '草稿已保存', back: '返回', linter: '系统检查',
    },
    bulk: { title: '批量修改 {n} 条草稿', lead: '只改填写了的项；已提交或已发布的不改，会列出原因。', keep: '不修改', apply: '修改所选', cancel: '取消', done: '已修改 {n} 条', refused: '{n} 条没有修改：{why}', open: '批量修改（{n}）' },
    clone: { action: '复制', done: '已复制为新的草稿' },
    change: {
      title: '变更需求', lead: '发布后可以更正和补充；类型、揭榜方式、评审标准、中榜数、封存、公开或定向不能改；定向范围只能扩大。', closed: '现在不能变更', closedText: '只有揭榜期间、截止之前可以变更。', why: '变更说明', reason: '变更原因（公开）', reasonHelp: '揭榜单位和关注者会收到变更内容和原因。', deadline: '延长截止时间至（可不填）', deadlineHelp: '截止时间只能延后。指标、预算、条件等实质性变更会自动顺延。',
      look: '查看变更对照', preview: '变更对照', isSubstance: '含实质性变更：截止时间顺延，已提交的揭榜单位需确认或修改揭榜书。', isMinor: '不含实质性变更，揭榜书继续有效。', publish: '公布变更', done: '变更已公布',
    },
    manage: {
      lead: '这条需求的办理入口。', tasks: '揭榜项目', reopen: '重新发榜', reopenText: '以同一编号开始新的一轮，上一轮的揭榜书和记录保留。上一轮的揭榜单位和关注者会收到通知。', reopenReason: '重新发榜的原因（公开）', publishOut: '发布', publishOther: '发布后内容不能再改；最匹配的单位会收到推送。', publishDirected: '发布后受邀单位会收到邀请，逐一回复接受或婉拒。', rolling: '长期征集，不设截止时间（由本单位停止）', endBidding: '停止征集', endBiddingText: '停止后不再接受新的报价或申请，已提交的进入办理。', conclude: '办结', concludeText: '所有单位都已有结论。办结说明向参与单位和社会公开。', concludeReason: '办结说明', answers: '查看报价与申请', invites: '受邀单位', invitesLead: '谁接受了，谁婉拒了，理由是什么。', edit: '修改', submit: '提交审核', publish: '发榜', withdraw: '撤回', withdrawText: '撤回后这条需求不再办理，记录保留。', withdrawReason: '撤回原因', terminate: '终止榜单', terminateText: '终止会通知所有揭榜单位，并公开终止原因。', terminateReason: '终止原因（公开）', done: '已办理', view: '查看公开页面', bids: '揭榜与评审', waiting: '等主管部门审核', returned: '退回意见', pushes: '已推送给的单位', pushesLead: '发榜后系统把需求推送给最匹配的已核验单位，理由一并告知。', noPushes: '还没有推送。',
      publishTitle: '发榜', publishText: '发榜后评审标准和权重不能再改；最匹配的单位会收到推送。', deadline: '揭榜截止时间', deadlineHelp: '至少在 {n} 天之后。截止以服务器时间为准，精确到秒。', sealed: '申请书在截止前对任何人封存，包括本单位和主管部门；对接表随到随看。', notSealed: '本榜不封存：揭榜书提交后即可查看。', published: '已发榜', tooSoon: '截止时间太早', confirmCriteria: '评审标准',
    },
    problemsOf: '待补充',
  },
  en: {
    fields: {
      title: 'Title', kind: 'Kind', mode: 'Award mode', itemNumber: 'Own number', listName: 'List', nationalCode: 'National code', industryCode: 'Industry', chain: 'Industry chain', district: 'District', brief: 'In one sentence',
      background: 'Background', difficulty: 'Technical difficulty', content: 'Work to be done', targets: 'Measurable targets', budgetFen: 'Budget (10,000 yuan)', budgetNegotiable: 'Negotiable', timeLimitMonths: 'Time limit (months)', requiredTrl: 'Readiness wanted', cooperationWays: 'Cooperation', ipTerms: 'Intellectual property',
      bidConditions: 'Bid conditions', criteria: 'Criteria', maxWinners: 'Winners at most', demandPublic: 'Visibility', issuerPublic: 'Our name', audienceOrgIds: 'Invited organisations', audienceRule: 'Audience', named: 'Named organisations', sealed: 'Seal', unit: 'Unit', quantity: 'Quantity', paymentDays: 'Payment within (days)', payment: 'Payment', trialDays: 'Trial (days)', serviceCategory: 'Service category', plannedDeadline: 'Planned deadline', contact: 'Contact', contactName: 'Contact', contactPhone: 'Phone', contactEmail: 'E-mail', attachments: 'Attachments', budget: 'Budget', timeLimit: 'Time limit',
    },
    kinds: {
      supply: { background: 'What it is for', targets: 'Specification and quality', bidConditions: 'Asked of suppliers', budgetFen: 'Budget (10,000 yuan)' },
      scenario: { background: 'The scene', content: 'Site and conditions', targets: 'What is to be shown', bidConditions: 'Asked of applicants', budgetFen: 'Budget for buying (10,000 yuan)' },
      project: { background: 'The project', content: 'What partners do', bidConditions: 'Asked of partners', budgetFen: 'Investment (10,000 yuan)' },
      service: { background: 'The problem', bidConditions: 'Asked of providers' },
      rnd: {},
    },
    import: {
      into: 'Into the list', intoNone: 'No list', outcome: { new: 'new', changed: 'updates', unchanged: 'no change', conflict: 'conflict' }, outcomes: '{n} new, {c} updated, {u} unchanged, {x} in conflict', conflictHelp: 'In conflict: the demand of the same number is submitted or published and differs. Skip the row, or change the published demand.', was: 'Was', is: 'Is',
      title: 'Import demands from a spreadsheet', lead: 'Check the rows first, then create drafts. Nothing is created before that.', template: 'Download the template', file: 'Choose a spreadsheet', help: '.xlsx or .csv, up to 10 MB and 5,000 rows. Common spellings of the column names are understood.', recent: 'Earlier imports', none: 'No imports yet', file_: 'File', rows: 'Rows', state: 'State', at: 'Time', errors: 'To mend',
      check: 'Check the import', checkLead: '{file}, {n} rows', allRows: 'All rows', onlyErrors: 'Only rows to mend ({n})', row: 'Row {n}', skip: 'Leave this row out', unskip: 'Take it in again', skipped: 'Left out', edit: 'Mend', saved: 'Row {n} is saved', ok: 'No problem', problems: '{n} to mend',
      commit: 'Create {n} drafts', commitText: '{n} drafts are made of the rows; each can then be edited and submitted.', blocked: '{n} rows are still to be mended.', discard: 'Give up this import', discardText: 'What was uploaded and mended is not kept; no demand is created.', discarded: 'This import was given up; no demand was created.', progress: 'Creating drafts: {done} of {n}', done: '{n} drafts created', toList: 'See my demands', more: 'More rows',
    },
    list: {
      title: 'My demands', lead: 'All demands, from draft to done.', import: 'Import', create: 'New demand', export: 'Export', all: 'All', empty: 'No demands yet', emptyText: 'Import many from the template, or write them one by one.', emptyState: 'None in this state', submit: 'Submit selected ({n})', submitText: '{n} drafts go to review. Incomplete ones stay drafts and say why.', submitted: '{n} submitted', notSubmitted: '{n} not submitted: {why}',
      columns: { title: 'Title', state: 'State', chain: 'Chain', budget: 'Budget', deadline: 'Deadline', bids: 'Bids', updated: 'Changed' },
    },
    counter: { title: 'R&D to order: {name}', background: '{org} offers “{name}” (readiness {trl}). {problem}\nIt almost fits us; what lacks:', from: 'Starts from' },
    editor: {
      new: 'New demand', modeHelp: { open: 'Any eligible organisation may take part.', directed: 'Only the invited take part; each accepts or declines.', consortium: 'A lead bids with members; shares of work and money each sum to 100%.', race: 'Not open yet.' }, requiredTrlHelp: 'Left out, matching goes by what the kind usually needs.', requiredTrlAny: 'No matter', paymentHelp: 'From delivery and acceptance. Large enterprises and public bodies pay small ones within 60 days.', backToBack: 'Pays only once it is paid itself', sealedDefault: 'As usual: open challenges sealed, others not', sealedYes: 'Sealed until the deadline', sealedNo: 'Open as they come in', edit: 'Edit demand', lead: 'Saved as you write. Mend what is marked, then submit.', create: 'Save the draft and go on', basics: 'Basics', story: 'What is to be solved', terms: 'Terms', criteria: 'Criteria', visibility: 'Visibility and contact', files: 'Attachments',
      basicsHelp: 'Name the object and the aim; firms find it in their own words.', storyHelp: 'Write for somebody who has never seen your workshop: what is, what is hard, and when it is solved.', targetsHelp: 'One per line, with a figure and how it is tested.', criteriaHelp: 'Fixed once published. Weights must sum to 100; now {n}. Empty takes the city’s default.', useDefault: 'Use the city’s default', own: 'Own criteria', addCriterion: 'Add', remove: 'Remove', name: 'Criterion', weight: 'Weight', guide: 'What a good score means',
      public: 'Public', notPublic: 'Only a chosen audience sees it', namePublic: 'Show our name', catalogue: 'Offer it for the authority’s catalogue: once approved it may be published with the period’s number and deadline',
      nameHidden: 'Hide our name until a bidder accepts confidentiality', filesHelp: 'PDF, images or Office files up to 20 MB each. Those of a public demand are public.', upload: 'Add a file', negotiable: 'Negotiable', choose: 'Choose',
      submit: 'Submit for review', submitText: 'The authority reviews it; it cannot be changed meanwhile.', submitted: 'Submitted', conflict: 'This demand was changed elsewhere. What you wrote is kept here; check it and save again.', reload: 'Load the newest', left: '{n} still missing', ready: 'Complete; it can be submitted.', created: 'Draft saved', back: 'Back', linter: 'Checks',
    },
    bulk: { title: 'Change {n} drafts', lead: 'Only what you fill in changes; what is submitted or published stays and is named.', keep: 'Keep', apply: 'Change them', cancel: 'Cancel', done: '{n} changed', refused: '{n} not changed: {why}', open: 'Change ({n})' },
    clone: { action: 'Copy', done: 'A new draft was made' },
    change: {
      title: 'Change', lead: 'A published demand can be mended and completed. Kind, mode, criteria, winners, seal and being public or not stay; an audience only widens.', closed: 'Not possible now', closedText: 'A demand is changed while it is open, before its deadline.', why: 'About the change', reason: 'Reason (public)', reasonHelp: 'Bidders and watchers read the change and its reason.', deadline: 'Move the deadline to (optional)', deadlineHelp: 'It only moves later. A change of substance moves it by itself.',
      look: 'See the change', preview: 'The change', isSubstance: 'Of substance: the deadline moves, and bidders confirm or change their bids.', isMinor: 'Not of substance; bids stand.', publish: 'Publish the change', done: 'The change is public',
    },
    manage: {
      lead: 'Everything that can be done with this demand.', tasks: 'Tasks', reopen: 'Open again', reopenText: 'A new round under the same code. The last round and its bids stay on record; its bidders and all who watch are told.', reopenReason: 'Why (public)', publishOut: 'Publish', publishOther: 'It is then fixed; the best-fitting organisations are told.', publishDirected: 'The invited are told and each accepts or declines.', rolling: 'No deadline: open until we stop it', endBidding: 'Take no more', endBiddingText: 'No more answers come in; those that are in are dealt with.', conclude: 'Conclude', concludeText: 'Everybody has an answer. The summary is public.', concludeReason: 'Summary', answers: 'See the answers', invites: 'Invited organisations', invitesLead: 'Who accepted, who declined, and why.', edit: 'Edit', submit: 'Submit for review', publish: 'Publish', withdraw: 'Withdraw', withdrawText: 'It ends here; the record stays.', withdrawReason: 'Why', terminate: 'Terminate', terminateText: 'All bidders are told, and the reason is public.', terminateReason: 'Why (public)', done: 'Done', view: 'Public page', bids: 'Bids and evaluation', waiting: 'Waiting for the authority', returned: 'What to mend', pushes: 'Notified organisations', pushesLead: 'On publishing, the best-fitting verified organisations are told, with the reasons.', noPushes: 'Nobody yet.',
      publishTitle: 'Publish', publishText: 'Criteria and weights are then fixed; the best-fitting organisations are told.', deadline: 'Deadline', deadlineHelp: 'At least {n} days ahead. Server time decides, to the second.', sealed: 'Applications stay sealed to everybody until the deadline, us and the authority included; interest forms are open at once.', notSealed: 'Not sealed: bids can be read once they are in.', published: 'Published', tooSoon: 'The deadline is too early', confirmCriteria: 'Criteria',
    },
    problemsOf: 'Missing',
  },
})
