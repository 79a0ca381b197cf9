import { moduleText } from '@/app/i18n'

export const useText = moduleText('account', {
  'zh-CN': {
    signIn: {
      title: '登录', lead: '查阅和检索无需登录。发榜、揭榜、审核等事项登录后办理。',
      login: '手机号或邮箱', password: '密码', show: '显示密码', submit: '登录', busy: '正在登录…',
      none: '还没有账号？', signUp: '注册单位账号', forgot: '忘记密码可用验证码登录后重设；手机号已停用请联系主管部门找回账号。', missing: '请填写手机号或邮箱和密码。',
      phone: '手机号', missingCode: '请填写手机号，获取并填写 6 位验证码。', byPassword: '用密码登录', byCode: '用短信验证码登录',
    },
    code: { label: '短信验证码', ask: '获取验证码', again: '重新获取', wait: '{n} 秒后重发', sending: '正在发送…', sent: '验证码已发出，5 分钟内有效。' },
    newcomer: { title: '建立账号', lead: '手机号已验证，第一次来还没有账号。填写姓名即可进入，单位可稍后登记或凭邀请加入。', submit: '建立账号并进入', busy: '正在建立…', back: '换一个手机号' },
    signUp: {
      title: '注册单位账号', lead: '一般三分钟完成。提交后由主管部门核验身份，核验前即可起草内容。', have: '已有账号？', signIn: '直接登录',
      steps: { person: '经办人', organisation: '单位', evidence: '证明材料', done: '提交核验' },
      stepOf: '第 {n} 步，共 {of} 步',
      name: '姓名', nameHelp: '与授权书一致', phone: '手机号', phoneHelp: '用于登录和接收办理提醒', email: '邮箱', password: '设置密码', passwordHelp: '可不设，以后用验证码登录。要设则至少 8 个字符，建议用一句自己记得住的话', passwordShort: '密码至少 8 个字符', codeMissing: '请获取并填写 6 位验证码', agree: '我已获本单位授权办理注册', agreeMissing: '请确认已获授权',
      alone: '我有单位的邀请，先只注册个人', withOrg: '同时注册单位',
      code: '统一社会信用代码', codeHelp: '18 位，见营业执照或登记证书', codeChecking: '正在核对…', codeValid: '代码格式与校验位正确', codeProof: '校验位与国家标准不符（应为 {expected}）。少数早年代码确有此情况，可继续注册，核验时请上传证明。', codeTaken: '这个单位已经注册。请联系单位管理员邀请您加入。', codeBad: '代码格式不对，请对照证照检查。',
      orgName: '单位全称', orgNameHelp: '与证照一致', capacities: '以什么身份参与', capacitiesHelp: '可多选，核验后不能自行更改', capacityText: { sme: '揭榜、购买服务、发布需求', provider: '申请进入服务机构资源池', chain_leader: '发布榜单，面向中小企业征集方案', university: '发布创新成果，对接企业需求' },
      profile: '能力与产业链', district: '所在区县', districtNone: '请选择区县', chains: '所属产业链', chainsHelp: '决定能收到哪些推送，最多 8 项', industry: '国民经济行业', industryNone: '请选择行业大类', size: '企业规模', sizeNone: '请选择', employees: '从业人数', founded: '成立日期', products: '主要产品或服务', productsHelp: '用顿号或换行分开。写具体产品、工艺和设备，匹配会用到', summary: '单位简介', summaryHelp: '做什么、擅长什么、服务过谁', address: '地址', website: '网站',
      create: '注册并继续', creating: '正在注册…',
      evidenceLead: '请上传营业执照（或登记证书）照片或扫描件；经办人不是法定代表人的，再上传授权书。', evidenceHelp: 'PDF、JPG、PNG 或 Office 文档，单个不超过 20 MB', evidenceUploaded: '已上传', licence: '营业执照或登记证书', authorisation: '授权书', proof: '代码证明材料', proofWhy: '您的统一社会信用代码校验位不符，请上传能证明代码真实的材料。',
      submit: '提交核验', submitting: '正在提交…', later: '稍后再传，先进入工作台', needEvidence: '至少上传一份证照后才能提交核验。',
      doneTitle: '已提交核验', doneText: '主管部门将在工作日内核验，结果会发到“消息”。在此之前可以先起草需求、完善档案。', aloneTitle: '个人账号已建立', aloneText: '打开单位管理员发给您的邀请，即可加入单位。', toWork: '进入工作台', toBoard: '先看榜单',
      required: '必填', fix: '还有 {n} 处需要修改',
    },
  },
  en: {
    signIn: {
      title: 'Sign in', lead: 'Reading and searching need no sign-in. Publishing, bidding and reviewing do.',
      login: 'Phone or e-mail', password: 'Password', show: 'Show password', submit: 'Sign in', busy: 'Signing in…',
      none: 'No account yet?', signUp: 'Register an organisation', forgot: 'Forgot the password? Sign in by code and set a new one. Lost the number? Ask the authority.', missing: 'Give your phone or e-mail and the password.',
      phone: 'Mobile number', missingCode: 'Give your number, ask for a code and enter its six digits.', byPassword: 'Use a password', byCode: 'Use a code sent to my phone',
    },
    code: { label: 'Code', ask: 'Send code', again: 'Send again', wait: 'Again in {n} s', sending: 'Sending…', sent: 'The code is on its way; it is good for 5 minutes.' },
    newcomer: { title: 'Make an account', lead: 'Your number is proved and new here. Give your name to enter; register or join an organisation later.', submit: 'Make the account', busy: 'One moment…', back: 'Use another number' },
    signUp: {
      title: 'Register an organisation', lead: 'Takes about three minutes. The authority then verifies; meanwhile you can draft.', have: 'Have an account?', signIn: 'Sign in',
      steps: { person: 'You', organisation: 'Organisation', evidence: 'Papers', done: 'Verification' },
      stepOf: 'Step {n} of {of}',
      name: 'Name', nameHelp: 'As in the authorisation', phone: 'Mobile number', phoneHelp: 'For signing in and reminders', email: 'E-mail', password: 'Password', passwordHelp: 'May be left empty: codes sign you in. Else at least 8 characters; a sentence is best', passwordShort: 'At least 8 characters', codeMissing: 'Ask for a code and enter its six digits', agree: 'I am authorised to register this organisation', agreeMissing: 'Please confirm',
      alone: 'I have an invitation; register only me', withOrg: 'Register the organisation too',
      code: 'Unified social credit code', codeHelp: '18 characters, as on the licence', codeChecking: 'Checking…', codeValid: 'Well-formed, check character right', codeProof: 'The check character is wrong (expected {expected}). Some early codes are like this: go on, and attach proof.', codeTaken: 'Already registered. Ask its administrator for an invitation.', codeBad: 'Not a well-formed code. Please compare with the licence.',
      orgName: 'Full name', orgNameHelp: 'As on the licence', capacities: 'Taking part as', capacitiesHelp: 'Several are possible; fixed after verification', capacityText: { sme: 'bids, buys services, posts demands', provider: 'applies for the provider pool', chain_leader: 'publishes challenges', university: 'publishes research' },
      profile: 'What you do', district: 'District', districtNone: 'Choose a district', chains: 'Industry chains', chainsHelp: 'Decides what is pushed to you; 8 at most', industry: 'Industry', industryNone: 'Choose a division', size: 'Size', sizeNone: 'Choose', employees: 'Employees', founded: 'Founded on', products: 'Main products or services', productsHelp: 'Separate by comma or line. Be specific: matching uses them', summary: 'About', summaryHelp: 'What you do, are good at, whom you served', address: 'Address', website: 'Website',
      create: 'Register and go on', creating: 'Registering…',
      evidenceLead: 'Upload the business licence, and an authorisation if you are not the legal representative.', evidenceHelp: 'PDF, JPG, PNG or Office, 20 MB at most', evidenceUploaded: 'Uploaded', licence: 'Licence', authorisation: 'Authorisation', proof: 'Proof of the code', proofWhy: 'The check character of your code is wrong; upload what proves it is real.',
      submit: 'Submit for verification', submitting: 'Submitting…', later: 'Later; go to the workbench', needEvidence: 'At least one paper is needed.',
      doneTitle: 'Submitted', doneText: 'The authority verifies on working days; the answer comes to your inbox. Meanwhile you can draft.', aloneTitle: 'Your account is ready', aloneText: 'Open the invitation you were sent to join.', toWork: 'Workbench', toBoard: 'See challenges',
      required: 'Required', fix: '{n} things to mend',
    },
  },
})
