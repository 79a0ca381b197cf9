import { moduleText } from '@/app/i18n'

/** Texts of buyers and their suppliers: requirements, gaps, comparisons, lists, figures. */
export const useText = moduleText('supply', {
  'zh-CN': {
    kinds: { certificate: '证书', process: '工艺', capacity: '月产能', lead_time: '交付周期', tolerance: '精度', other: '其他' },
    standing: { met: '符合', unmet: '不符合', unknown: '未说明', expires: '交付前到期' },
    todo: {
      get_certificate: '取得该证书；已有的请补登到配套能力', renew_certificate: '交付前换证，换证后更新到期日', state_certificate: '在配套能力中登记证书', state_process: '在配套能力中写明该工艺', state_capacity: '按同一计量单位写明月富余产能',
      share_capacity: '可按部分份额报价，或释放产能后更新', state_lead_time: '在配套能力中写明交付周期', shorten_lead_time: '与采购方协商交期，或备安全库存', state_tolerance: '在配套能力中写明批量精度', improve_tolerance: '在报价说明里给出保证精度的办法', prove_in_quote: '在报价附件里提供证明',
    },
    asks: { capacity: '每月不少于 {n} {unit}', lead_time: '不超过 {n} 天', tolerance: '不大于 {n} 微米' },
    must: '必须', plus: '优先',
    gap: {
      title: '准入对照', lead: '发榜单位的准入要求与本单位公开的配套能力逐项对照，证书按 {day} 前有效计。报价前先看差在哪里。', ready: '必须满足的要求都已符合', notReady: '还有必须满足的要求未符合', none: '发榜单位没有提出准入要求。',
      nothing: '本单位还没有公开的配套能力，无法对照。', fill: '填写配套能力', have: '本单位：{have}', until: '有效期至 {day}', columns: { ask: '要求', standing: '对照', have: '本单位情况', todo: '怎么补齐' }, where: '查看',
    },
    requirements: {
      title: '准入要求', lead: '对供应商的质量、标准、认证要求写一次，所有配套需求共用；中小企业报价前就能逐项看到差距。', demandTitle: '本需求的准入要求', demandLead: '在单位通用要求之外，本需求另有或更严的要求；同一项以这里为准。', add: '加一项', remove: '移除', save: '保存', saved: '已保存',
      kind: '类型', name: '要求', quantity: '数值', unit: '单位', isMust: '必须满足', note: '说明', deliverBy: '要求交付日期', deliverByHelp: '证书须在这一天仍有效；不填则按交货期推算', none: '还没有要求', back: '返回需求', of: '通用要求', demand: '为本需求补充准入要求',
    },
    compare: {
      title: '报价比较', lead: '单价低的在前；带标记的是该项最优。准入对照取自各家公开的配套能力。', export: '导出比较表', item: '比较项', price: '单价', lead_time: '交货期（天）', quantity: '可供数量', capacity: '月产能', spare: '公开的月富余产能', payment: '付款期限（天）', certificates: '报价所附证书', valid: '报价有效期至',
      qualified: '合格供应商', yes: '是', no: '否', best: '最优', gap: '准入符合', counts: '{met} 项符合，{unmet} 项不符合，{unknown} 项未说明', expiring: '，{n} 项交付前到期', ready: '必须项齐全', notReady: '必须项有缺', expired: '已过有效期', share: '选定份额', none: '还没有可以查看的报价。', district: '所在区县',
    },
    suppliers: {
      title: '合格供应商', lead: '定榜选中的供应商经其同意列入；也可凭材料自行列入。双方都同意时才对外公开。', candidates: '已选中、尚未列入', propose: '列入', byHand: '自行列入', find: '查找单位', scope: '供应范围', scopeHelp: '写清供什么，如“壳体类压铸件”', chain: '产业链', validUntil: '有效期至', isPublic: '对外公开（须对方也同意）', source: { award: '定榜选中', manual: '自行列入' },
      none: '名录还是空的', noneText: '从定榜结果列入，或凭审核材料自行列入。', columns: { name: '供应商', state: '状态', scope: '供应范围', valid: '有效期至', source: '依据', shown: '公开', act: '' }, remove: '移出', removeText: '移出后对方会收到原因。', reason: '原因', removed: '已移出', proposed: '已发出，等待对方确认', proposedByHand: '已建立，请上传审核材料后生效', evidence: '上传审核材料',
      open: '长期', shownBoth: '已公开', shownBuyer: '待对方同意公开', shownNo: '不公开', expired: '已过有效期', waitEvidence: '待上传材料', waitConsent: '待对方确认', share: '份额 {n}%', publicTitle: '{name}的合格供应商', publicLead: '经双方同意公开的名录。', publicNone: '没有公开的名录', publicLink: '公开名录页', cancel: '取消', chosen: '已选：{name}',
    },
    listed: { title: '入选名录', lead: '把本单位列为合格供应商的链主企业。是否同意列入、是否公开，由本单位决定。', none: '还没有单位将本单位列入名录', noneText: '中标配套需求后，链主可以邀请列入。', consent: '同意列入', show: '同意并公开', hide: '改为不公开', decline: '谢绝', declineText: '谢绝后对方会收到原因。', done: '已办理', columns: { name: '链主企业' } },
    figures: {
      title: '配套率', lead: '由已公布的配套定点结果逐条计算，每个数字都能点开看到明细。', rate: '配套率', near: '就近配套率', formula: '配套率 = 本市供应商份额 ÷ 全部份额；就近配套率 = 与采购方同区县的供应商份额 ÷ 全部份额。每项需求份额合计 100%，不按金额加权。', demands: '定点需求', rows: '供应关系', suppliers: '供应商', localFirms: '其中本市', qualified: '有效的合格供应商', qualifiedLocal: '其中本市 {local}，同区县 {near}',
      byChain: '按产业链', byDistrict: '按采购方区县', key: '分组', none: '还没有公布的配套定点结果', noneText: '配套需求选定供应商并通知后计入。', rowsTitle: '明细', buyer: '采购方', supplier: '供应商', share: '份额', local: '本市', nearOne: '同区县', away: '外地', unknown: '未注明', all: '全部', sum: '明细份额合计 {all}%，其中本市 {local}%，同区县 {near}%', demand: '需求', only: '只看这一组', filtered: '当前：{name}', clear: '看全部',
    },
    matches: { title: '适合的配套需求', lead: '按这项能力匹配正在征集的配套需求，分数等于各项理由之和。', none: '目前没有合适的配套需求，有新的会推送给您。', via: '配套能力：{title}' },
  },
  en: {
    kinds: { certificate: 'Certificate', process: 'Process', capacity: 'Monthly capacity', lead_time: 'Lead time', tolerance: 'Tolerance', other: 'Other' },
    standing: { met: 'Met', unmet: 'Not met', unknown: 'Not stated', expires: 'Ends before delivery' },
    todo: {
      get_certificate: 'Get it; if you have it, add it to a capability', renew_certificate: 'Renew before delivery and update its last day', state_certificate: 'Add your certificates to a capability', state_process: 'Name the process in a capability', state_capacity: 'State spare capacity in the same unit',
      share_capacity: 'Quote a part, or free capacity and update it', state_lead_time: 'State your lead time', shorten_lead_time: 'Talk about delivery, or keep safety stock', state_tolerance: 'State your series tolerance', improve_tolerance: 'Say in the quote how you will hold it', prove_in_quote: 'Attach proof to the quote',
    },
    asks: { capacity: 'at least {n} {unit} a month', lead_time: 'at most {n} days', tolerance: 'at most {n} µm' },
    must: 'Must', plus: 'Advantage',
    gap: {
      title: 'Supplier requirements', lead: 'What the issuer requires beside what you publish; certificates have to hold until {day}.', ready: 'Everything that must be is met', notReady: 'Something that must be is missing', none: 'The issuer requires nothing in particular.',
      nothing: 'You have published no capability yet, so nothing can be compared.', fill: 'Write a capability', have: 'You: {have}', until: 'valid to {day}', columns: { ask: 'Requirement', standing: 'Standing', have: 'You', todo: 'To close it' }, where: 'See',
    },
    requirements: {
      title: 'Supplier requirements', lead: 'Write them once for all your supply demands; firms see the gap before they quote.', demandTitle: 'Requirements of this demand', demandLead: 'On top of the general ones, or stricter; for the same thing these hold.', add: 'Add one', remove: 'Remove', save: 'Save', saved: 'Saved',
      kind: 'Kind', name: 'Requirement', quantity: 'Value', unit: 'Unit', isMust: 'Must', note: 'Note', deliverBy: 'Deliver by', deliverByHelp: 'Certificates have to hold on this day; else lead times say', none: 'No requirements yet', back: 'Back to the demand', of: 'General requirements', demand: 'Requirements of this demand',
    },
    compare: {
      title: 'Quotes compared', lead: 'The lowest price first; marked values lead. Requirements are read from what each firm publishes.', export: 'Export', item: 'Item', price: 'Unit price', lead_time: 'Lead time (days)', quantity: 'Quantity', capacity: 'Monthly capacity', spare: 'Published spare capacity', payment: 'Payment (days)', certificates: 'Certificates quoted', valid: 'Valid until',
      qualified: 'Qualified supplier', yes: 'Yes', no: 'No', best: 'Best', gap: 'Requirements met', counts: '{met} met, {unmet} not, {unknown} not stated', expiring: ', {n} end before delivery', ready: 'All musts met', notReady: 'A must is missing', expired: 'Expired', share: 'Share', none: 'No quotes to be seen yet.', district: 'District',
    },
    suppliers: {
      title: 'Qualified suppliers', lead: 'Suppliers you took, with their consent, or added by hand with evidence. Public only when both agree.', candidates: 'Taken, not on the list', propose: 'Propose', byHand: 'Add by hand', find: 'Find an organisation', scope: 'Scope', scopeHelp: 'What it supplies', chain: 'Chain', validUntil: 'Valid until', isPublic: 'Public (if the supplier agrees)', source: { award: 'Award', manual: 'By hand' },
      none: 'The list is empty', noneText: 'Take suppliers over from awards, or add them with evidence.', columns: { name: 'Supplier', state: 'State', scope: 'Scope', valid: 'Valid until', source: 'Basis', shown: 'Public', act: '' }, remove: 'Remove', removeText: 'The supplier reads the reason.', reason: 'Reason', removed: 'Removed', proposed: 'Sent; waiting for consent', proposedByHand: 'Added; upload evidence to bring it into force', evidence: 'Upload evidence',
      open: 'Open', shownBoth: 'Public', shownBuyer: 'Waiting for consent', shownNo: 'Not public', expired: 'Expired', waitEvidence: 'Waiting for evidence', waitConsent: 'Waiting for consent', share: '{n}%', publicTitle: 'Qualified suppliers of {name}', publicLead: 'Public with the consent of both.', publicNone: 'Nothing public', publicLink: 'Public page', cancel: 'Cancel', chosen: 'Chosen: {name}',
    },
    listed: { title: 'Lists you are on', lead: 'Chain leaders that list you as a qualified supplier. You decide whether, and whether in public.', none: 'You are on no list yet', noneText: 'After an award a chain leader can propose you.', consent: 'Agree', show: 'Agree, and be shown', hide: 'Do not show', decline: 'Decline', declineText: 'The chain leader reads the reason.', done: 'Done', columns: { name: 'Chain leader' } },
    figures: {
      title: 'Local supply', lead: 'Computed row by row from published awards; every figure opens to its rows.', rate: 'Local share', near: 'Nearby share', formula: 'Local share = shares of this city’s suppliers ÷ all shares; nearby share = shares of suppliers in the buyer’s district ÷ all shares. Each demand sums to 100%, not weighted by money.', demands: 'Demands awarded', rows: 'Rows', suppliers: 'Suppliers', localFirms: 'of this city', qualified: 'Qualified suppliers in force', qualifiedLocal: '{local} of this city, {near} of the same district',
      byChain: 'By chain', byDistrict: 'By the buyer’s district', key: 'Group', none: 'No awards yet', noneText: 'Awards count once all bidders are told.', rowsTitle: 'Rows', buyer: 'Buyer', supplier: 'Supplier', share: 'Share', local: 'City', nearOne: 'Same district', away: 'Elsewhere', unknown: 'Not stated', all: 'All', sum: 'Rows sum to {all}%, {local}% of this city, {near}% nearby', demand: 'Demand', only: 'Only this', filtered: 'Showing {name}', clear: 'Show all',
    },
    matches: { title: 'Supply demands that fit', lead: 'Open supply demands matched to this item; the score is the sum of its reasons.', none: 'None fits now; you will be told of new ones.', via: 'Capability: {title}' },
  },
})
