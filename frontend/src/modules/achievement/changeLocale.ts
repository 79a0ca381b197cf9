import { moduleText } from '@/app/i18n'

export const useText = moduleText('achievementChange', {
  'zh-CN': {
    title: '修改已发布成果', lead: '公众现在看到的内容照常公开；改动成为新版本，逐项可对照，并通知谈过意向的企业。', back: '返回成果',
    closed: '现在不能修改', closedText: '成果没有公开，或已转让。', pending: '已有一次改动在审核，重新提交会替换它。',
    why: '为什么改', reason: '改动说明', reasonHelp: '会和改动一起公开，例如“补充第三方检测结果”。', look: '看改动', send: '提交改动', apply: '发布新版本', done: '新版本已生效，谈过意向的企业会收到通知', sent: '改动已提交，审核同意后生效',
    preview: '将改动 {n} 处', over: { now: '只是文字表述，提交后立即生效。', office: '先由本校成果转化部门审核。', operator: '含实质内容（企业据以测算的），由主管部门审核同意后生效；在此之前原文照常公开。' },
    versions: '版本与改动', number: '第 {n} 版', first: '首次发布',
    waits: { office: '改动等本校审核', operator: '改动等主管部门审核', returned: '改动被退回' }, queue: '内容改动',
    waiting: '待审核的改动', returned: '改动被退回：{reason}', again: '继续修改', approve: '同意改动', return: '退回改动', approved: '已办理', approveText: '同意后公众看到的就是新内容。', returnReason: '退回理由',
  },
  en: {
    title: 'Change what is published', lead: 'The present text stays public; the change becomes a version that can be compared, and firms that asked are told.', back: 'Back to the achievement',
    closed: 'It cannot be changed now', closedText: 'It is not public, or it is transferred.', pending: 'A change waits already; handing in again replaces it.',
    why: 'Why it changes', reason: 'Reason', reasonHelp: 'Public with the change, such as: third-party test results added.', look: 'See the difference', send: 'Hand the change in', apply: 'Publish the version', done: 'The version holds; firms that asked are told', sent: 'Handed in; it holds once agreed to',
    preview: '{n} changes', over: { now: 'Wording only; it holds at once.', office: 'The technology-transfer office agrees first.', operator: 'Firms calculate with it, so the operator agrees first; until then the present text stands.' },
    versions: 'Versions', number: 'Version {n}', first: 'As first published',
    waits: { office: 'change at the office', operator: 'change at the operator', returned: 'change returned' }, queue: 'change',
    waiting: 'A change to decide', returned: 'The change was returned: {reason}', again: 'Go on', approve: 'Approve the change', return: 'Return the change', approved: 'Done', approveText: 'Once agreed, everybody reads the new text.', returnReason: 'Reason',
  },
})
