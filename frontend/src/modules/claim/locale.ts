import { moduleText } from '@/app/i18n'

export const useText = moduleText('claim', {
  'zh-CN': {
    title: '认领企业',
    find: {
      lead: '政府公布的称号名单里的企业，平台已建好主页。找到您的企业，上传证明，审核通过后由您管理。',
      label: '企业名称开头几个字，或统一社会信用代码', go: '查找', none: '没有找到待认领的企业', noneText: '可能已被同事认领，或还不在名单里。可以请同事邀请您加入，也可以直接登记单位。',
      register: '登记单位', mine: '我的认领',
    },
    states: { draft: '待提交', filed: '审核中', approved: '已通过', refused: '未通过', withdrawn: '已撤回', overtaken: '已由他人认领' },
    banner: { title: '这家企业尚未认领', text: '主页由政府公布的称号名单生成。您是企业工作人员？认领后可以完善资料、参与揭榜和对接。', action: '认领这家企业', closed: '该单位已注销', successor: '已并入', former: '曾用名' },
    form: {
      lead: '先说明身份，再上传营业执照和加盖公章的授权书，最后提交。审核一般需要 5 个工作日（待核）。',
      position: '您在企业的职务', positionHelp: '例如：总经理、办公室主任', newName: '企业现名称', newNameHelp: '名单上的名称已变更时填写', note: '补充说明',
      start: '下一步：上传证明', again: '修改后重新认领',
      evidence: '证明材料', evidenceHelp: '营业执照、加盖公章的授权书（PDF、图片，每个不超过 20 MB）', none: '还没有上传材料', kind: '材料类型', upload: '上传材料',
      file: '提交认领', filed: '已提交，{at} 前给出结果', withdraw: '撤回', withdrawText: '撤回后可以重新认领。', withdrawn: '已撤回',
      approved: '认领通过，您现在是企业的所有者', enter: '进入企业工作台', refused: '未通过：{reason}', overtaken: '这家企业已由其他人认领。请联系贵单位的管理员邀请您加入。',
      taken: '这家企业已被认领，请联系贵单位的管理员邀请您加入。',
    },
    queue: {
      title: '认领审核', lead: '核对申请人与企业的关系。通过后申请人成为所有者，企业即为已核验；同一企业的其他认领自动结束。', empty: '没有待审核的认领',
      by: '申请人 {name}（{position}）', rivals: '另有 {n} 人认领同一企业', rename: '申请更名为“{name}”', due: '应在 {at} 前办结', overdue: '已超期',
      approve: '通过', approveText: '通过后 {name} 成为 {org} 的所有者。', refuse: '不予通过', reason: '原因（申请人可见）', approved: '已通过', refused: '已告知申请人', proof: '信用代码校验位不符：请写明核实依据',
    },
    lists: {
      title: '称号名单', lead: '导入政府公布的名单（xlsx、CSV）：先预览每一行会带来什么变化，确认后才写入。重复导入不会产生重复数据。',
      kind: '称号', kindHelp: '名单里没有“称号”列时，所有行都用它', batch: '批次', issuer: '认定机构', from: '有效期起', to: '有效期止', choose: '请选择', upload: '选择名单文件', help: '最多 12000 行', past: '导入记录', none: '还没有导入过名单',
      states: { ready: '待确认', committing: '写入中', committed: '已写入', discarded: '已放弃' }, rows: '{n} 行',
    },
    list: {
      lead: '{rows} 行，{by} 于 {at} 上传', map: '列对应关系', mapHelp: '左边是我们的字段，右边是文件里的列名。改动后重新读取全部行，手工修改会丢失。', remap: '重新读取', remapped: '已重新读取',
      fields: { name: '企业名称', code: '信用代码', district: '区县', kind: '称号', batch: '批次', issuer: '认定机构', from: '有效期起', to: '有效期止' }, noColumn: '（没有这一列）',
      all: '全部', outcomes: { new: '新企业', title: '新增称号', renamed: '名称变更', expired: '已过期', unchanged: '无变化', conflict: '待处理', wrong: '有误', skipped: '已跳过' },
      commit: '写入 {n} 行', commitText: '将新建 {new} 家待认领企业，为 {held} 家已有企业登记称号。写入后不能整批撤销。', open: '还有 {n} 行需要处理或跳过', discard: '放弃', discardText: '不会写入任何内容。', progress: '已处理 {done} / {all} 行，可以离开本页', committed: '已写入 {n} 行',
      row: '行', firm: '企业', title: '称号与有效期', outcome: '结果', act: '处理', skip: '跳过', unskip: '不跳过', rename: '采用新名称', keep: '保留原名称', mend: '修改', mendName: '企业名称', mendCode: '统一社会信用代码', mendDistrict: '区县', save: '保存', heldName: '平台上的名称：{name}',
      problems: {
        required: '必填', too_long: '太长', not_a_choice: '不在可选范围', bad_date: '日期看不懂', before_start: '早于开始日期', credit_code_length: '代码应为 18 位', credit_code_character: '代码含不允许的字符', code_missing: '没有信用代码，也没有同名企业', several_namesakes: '有多家同名企业，请补信用代码',
        two_names: '同一代码在名单里有两个名称', duplicate: '与前面的行重复', closed: '该企业已注销', check_character: '校验位不符，认领时需人工核实', overlaps: '与已有称号的有效期重叠',
      },
    },
  },
  en: {
    title: 'Claim a firm',
    find: {
      lead: 'Firms on official title lists have a page here already. Find yours, upload proof, and manage it once approved.',
      label: 'How the name begins, or the credit code', go: 'Find', none: 'No unclaimed firm found', noneText: 'A colleague may have claimed it, or it is on no list. Ask for an invitation, or register it.',
      register: 'Register a firm', mine: 'My claims',
    },
    states: { draft: 'To be filed', filed: 'In review', approved: 'Approved', refused: 'Refused', withdrawn: 'Withdrawn', overtaken: 'Claimed by another' },
    banner: { title: 'Nobody has claimed this firm yet', text: 'The page was made from an official title list. Do you work there? Claim it to complete it, bid and be found.', action: 'Claim this firm', closed: 'This organisation was closed', successor: 'Merged into', former: 'Formerly' },
    form: {
      lead: 'Say who you are, upload the licence and a sealed authorisation, then file. Review usually takes 5 working days (unconfirmed).',
      position: 'Your post', positionHelp: 'For example: general manager', newName: 'Present name of the firm', newNameHelp: 'If it changed since the list', note: 'Notes',
      start: 'Next: upload proof', again: 'Mend and claim again',
      evidence: 'Proof', evidenceHelp: 'Licence and sealed authorisation (PDF or pictures, 20 MB each)', none: 'Nothing uploaded yet', kind: 'Kind', upload: 'Upload',
      file: 'File the claim', filed: 'Filed; decided by {at}', withdraw: 'Withdraw', withdrawText: 'You can claim again afterwards.', withdrawn: 'Withdrawn',
      approved: 'Approved: you own the firm’s account now', enter: 'Open its workbench', refused: 'Refused: {reason}', overtaken: 'Somebody else claimed this firm. Ask its administrator for an invitation.',
      taken: 'This firm is claimed. Ask its administrator for an invitation.',
    },
    queue: {
      title: 'Claims', lead: 'Check that the person belongs to the firm. Approved, they own it and it counts as verified; other claims end.', empty: 'No claims wait',
      by: '{name} ({position})', rivals: '{n} others claim it', rename: 'Asks to be named “{name}”', due: 'Due {at}', overdue: 'Overdue',
      approve: 'Approve', approveText: '{name} becomes the owner of {org}.', refuse: 'Refuse', reason: 'Reason (the claimant reads it)', approved: 'Approved', refused: 'The claimant was told', proof: 'The code fails its check: say what proves it',
    },
    lists: {
      title: 'Title lists', lead: 'Bring in official lists (xlsx, CSV): see what each row would change, then enter it. Importing twice doubles nothing.',
      kind: 'Title', kindHelp: 'For rows without a column of their own', batch: 'Batch', issuer: 'Issuer', from: 'Valid from', to: 'Valid to', choose: 'Choose', upload: 'Choose the file', help: '12,000 rows at most', past: 'Imports', none: 'No list yet',
      states: { ready: 'To confirm', committing: 'Being entered', committed: 'Entered', discarded: 'Given up' }, rows: '{n} rows',
    },
    list: {
      lead: '{rows} rows, uploaded by {by}, {at}', map: 'Columns', mapHelp: 'Our field on the left, the file’s column on the right. All rows are read again; changes by hand are lost.', remap: 'Read again', remapped: 'Read again',
      fields: { name: 'Firm', code: 'Credit code', district: 'District', kind: 'Title', batch: 'Batch', issuer: 'Issuer', from: 'Valid from', to: 'Valid to' }, noColumn: '(none)',
      all: 'All', outcomes: { new: 'New firm', title: 'New title', renamed: 'Renamed', expired: 'Expired', unchanged: 'Unchanged', conflict: 'To settle', wrong: 'Wrong', skipped: 'Skipped' },
      commit: 'Enter {n} rows', commitText: '{new} unclaimed firms are made, {held} known ones get a title. This cannot be undone as a whole.', open: '{n} rows must be mended or skipped', discard: 'Give up', discardText: 'Nothing is entered.', progress: '{done} of {all} rows done; you may leave this page', committed: '{n} rows entered',
      row: 'Row', firm: 'Firm', title: 'Title and validity', outcome: 'Outcome', act: 'Action', skip: 'Skip', unskip: 'Do not skip', rename: 'Take the new name', keep: 'Keep the name', mend: 'Mend', mendName: 'Name', mendCode: 'Credit code', mendDistrict: 'District', save: 'Save', heldName: 'Known as {name}',
      problems: {
        required: 'required', too_long: 'too long', not_a_choice: 'not a choice', bad_date: 'unreadable date', before_start: 'before the start', credit_code_length: '18 characters needed', credit_code_character: 'characters not allowed', code_missing: 'no code, and no firm of that name', several_namesakes: 'several firms of that name: add the code',
        two_names: 'one code under two names', duplicate: 'repeats an earlier row', closed: 'the firm was closed', check_character: 'check character fails; proof needed at the claim', overlaps: 'overlaps a title held',
      },
    },
  },
})
