import { moduleText } from '@/app/i18n'

export const useText = moduleText('privacy', {
  'zh-CN': {
    looks: {
      title: '谁看过我的联系方式', lead: '本单位的电话和邮箱只给对接中的另一方和主管部门看，每次查看都记在这里；其他人看到的是打码的号码。', none: '还没有人看过', noneText: '有人在揭榜、对接或审核中查看本单位的联系方式后，会在这里列出。',
      at: '时间', who: '谁', where: '在哪里', official: '主管部门', by: '{user}（{org}）',
      kind: { demand: '需求的联系人', bid: '揭榜的联系人', achievement: '成果的联系人', deal: '成果对接', provider: '服务机构主页', engagement: '服务对接', organisation: '单位档案的联系人' },
    },
    data: {
      title: '我的个人信息', lead: '平台各项服务保存的与您本人有关的信息。可以下载，也可以要求删除。', download: '下载（JSON）', print: '打印或存为 PDF',
      account: '账号', name: '姓名', phone: '手机号', email: '邮箱', since: '开户时间', password: '密码', set: '已设置', unset: '未设置', identity: '统一身份认证', linked: '已关联', notLinked: '未关联',
      memberships: '所在单位与办理记录', sessions: '登录记录', sessionsNote: '共 {n} 次，含网络地址和设备', claims: '企业认领', recoveries: '账号找回', nothing: '没有',
      erase: '删除我的个人信息', eraseText: '删除后账号不能再用。账号里的信息立即清除，其他服务里您的姓名、手机号、邮箱（包括您写进需求、成果、对接等内容里的号码）随后逐项清除，您会得到一个回执编号，可随时查询进度。此操作不能撤销。本单位唯一的所有者请先在“成员”里移交。', eraseConfirm: '确认删除', eraseAsk: '删除后无法恢复，确定吗？', erased: '账号已注销，其余服务正在清除。',
      elsewhere: '其他服务里的我', elsewhereNote: '写有您姓名、号码或邮箱的地方，以及您办理过的事项。', places: '{n} 处', away: '暂时没有答复，请稍后再看', moreInFile: '只列出前 50 处，其余在下载的文件里。',
    },
    erasure: {
      title: '个人信息删除进度', lead: '账号注销后，凭回执编号查询各项服务的清除进度，无需登录。', receipt: '回执编号', receiptHelp: '申请删除时给出的编号', unknown: '没有这个编号，请核对', ask: '查询',
      going: '正在清除', done: '已全部清除', since: '{at} 申请', erased: '已清除 {n} 处 · {at}', held: '{n} 件异议尚未答复，答复后清除', pending: '等待清除',
      keeps: '依法保留：已作出的决定和公示结果只保留与姓名无关的编号；尚未答复的异议保留联系人至答复为止；单位上传的文件原件属于单位的材料，正文里两个字的姓名不作自动替换，办理记录日志只含编号和理由。',
      all: '个人信息删除', allLead: '本人申请的个人信息删除及各项服务的进度。服务恢复后自动继续，无需处理；这里不显示姓名。', none: '还没有人申请', noneText: '有人注销账号后，各项服务的清除进度会列在这里。', pseudonym: '保留编号 {id}',
    },
    service: { account: '账号与单位', achievement: '创新成果', capability: '配套能力', demand: '需求与揭榜', engagement: '服务对接', notice: '公示与异议', provider: '服务机构', search: '搜索订阅', notify: '消息' },
    recovery: {
      title: '账号找回', lead: '手机号停用、无法登录的人，凭证件到主管部门办理。一人登记、满 24 小时后由另一位市级主管批准；期间原号码会收到提醒，本人可以停止。',
      open: '登记找回', phone: '原手机号', name: '姓名', nameHelp: '与账号登记的一致', newPhone: '新手机号', reason: '核验依据', reasonHelp: '看了什么证件、与本人如何核实', submit: '登记', opened: '已登记，原号码已收到提醒。',
      none: '没有找回申请', state: { open: '待批准', approved: '办理中', done: '已换绑', refused: '未批准', stopped: '本人已停止' },
      by: '{name} 于 {at} 登记', from: '{at} 起可批准', second: '须由另一人批准', approve: '批准', refuse: '不批准', opinion: '办理意见', approveText: '密码作废，原有登录全部退出，此后只能用新号码的验证码登录。', done: '已办理。',
      mine: '有人申请把您的账号换绑到 {phone}。如非本人办理，请立即停止。', stop: '停止换绑', stopped: '已停止，账号未变。',
    },
  },
  en: {
    looks: {
      title: 'Who saw my contacts', lead: 'Phone and e-mail of your organisation show to the other side of a dealing and to the authority alone; each look is kept here. Everybody else sees a masked number.', none: 'Nobody yet', noneText: 'Who sees your contacts in a bid, a dealing or a review is listed here.',
      at: 'When', who: 'Who', where: 'Where', official: 'The authority', by: '{user} ({org})',
      kind: { demand: 'Contact of a demand', bid: 'Contact of a bid', achievement: 'Contact of an achievement', deal: 'A deal', provider: 'Provider page', engagement: 'A dealing', organisation: 'Contact in the organisation’s file' },
    },
    data: {
      title: 'My personal data', lead: 'What all services hold about you. Download it, or have it erased.', download: 'Download (JSON)', print: 'Print or save as PDF',
      account: 'Account', name: 'Name', phone: 'Mobile number', email: 'E-mail', since: 'Since', password: 'Password', set: 'Set', unset: 'Not set', identity: 'Identity provider', linked: 'Linked', notLinked: 'Not linked',
      memberships: 'Organisations and what I did there', sessions: 'Sign-ins', sessionsNote: '{n} in all, with address and device', claims: 'Claims', recoveries: 'Recoveries', nothing: 'None',
      erase: 'Erase my personal data', eraseText: 'The account is over. What it holds is gone at once; your name, number and e-mail in other services (numbers you wrote into demands, achievements and dealings too) are taken out one after the other, and a receipt shows how far that is. This cannot be undone. The only owner of an organisation hands it over first, under Members.', eraseConfirm: 'Erase', eraseAsk: 'It cannot be undone. Sure?', erased: 'The account is closed; the other services follow.',
      elsewhere: 'Me in other services', elsewhereNote: 'Where your name, number or address is written, and what you did.', places: '{n} places', away: 'No answer just now; look again later', moreInFile: 'The first 50 are listed; the file holds the rest.',
    },
    erasure: {
      title: 'Erasure of personal data', lead: 'The account is gone; the receipt shows how far each service is, without signing in.', receipt: 'Receipt', receiptHelp: 'The number you were given when you asked', unknown: 'There is no such receipt; please check', ask: 'Look up',
      going: 'Under way', done: 'Erased everywhere', since: 'Asked {at}', erased: '{n} taken out · {at}', held: '{n} objections are not answered yet; erased after the answer', pending: 'Waiting',
      keeps: 'Kept by law: decisions and published results, under a number without the name; the contact of an objection until it is answered; files an organisation uploaded are its material, and names of two characters within prose are not replaced by machine; the log of decisions holds numbers and reasons alone.',
      all: 'Erasures', allLead: 'Erasures people asked for, and how far each service is. A service that was away is asked again by itself; nobody is named here.', none: 'Nobody asked yet', noneText: 'Once somebody closes an account, the progress in each service is listed here.', pseudonym: 'Number kept: {id}',
    },
    service: { account: 'Account and organisations', achievement: 'Achievements', capability: 'Capabilities', demand: 'Demands and bids', engagement: 'Dealings', notice: 'Notices and objections', provider: 'Providers', search: 'Saved searches', notify: 'Messages' },
    recovery: {
      title: 'Account recovery', lead: 'Who lost the number comes with papers. One operator opens, another of the city approves after 24 hours; meanwhile the old number is told and the person can stop it.',
      open: 'Open a recovery', phone: 'Old number', name: 'Name', nameHelp: 'As the account has it', newPhone: 'New number', reason: 'Evidence', reasonHelp: 'Which papers you saw, how you checked', submit: 'Open', opened: 'Opened; the old number was told.',
      none: 'No recoveries', state: { open: 'To approve', approved: 'Under way', done: 'Done', refused: 'Refused', stopped: 'Stopped by the person' },
      by: 'Opened by {name}, {at}', from: 'Approvable from {at}', second: 'Somebody else must approve', approve: 'Approve', refuse: 'Refuse', opinion: 'Opinion', approveText: 'The password is void and every session ends; only a code to the new number signs in.', done: 'Done.',
      mine: 'Somebody asked to move your account to {phone}. If it was not you, stop it now.', stop: 'Stop it', stopped: 'Stopped; nothing changed.',
    },
  },
})
