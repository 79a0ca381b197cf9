/**
 * Every address of the program, so that pages of different modules can point at each other without knowing each other.
 * What needs sign-in lies under /work; the gateway gives those no public content.
 */
export const links = {
  home: '/',
  search: '/search',
  board: '/demands',
  demand: (id: string) => `/demands/${id}`,
  result: (id: string) => `/demands/${id}/result`,
  issues: '/issues',
  issue: (period: string) => `/issues/${period}`,
  capabilities: '/capabilities',
  capability: (id: string) => `/capabilities/${id}`,
  /** Everything one firm can supply. */
  firmCapabilities: (orgId: string) => `/capabilities/of/${orgId}`,
  notices: '/notices',
  /** A notice or announcement; its id holds colons, which an address may. */
  notice: (id: string) => `/notices/${id}`,
  objectTo: (id: string) => `/notices/${id}/objection`,
  /** Where whoever objected follows it by the receipt. */
  objections: '/objections',
  lists: '/lists',
  demandList: (id: string) => `/lists/${id}`,
  organisation: (id: string) => `/organisations/${id}`,
  /** The provider pool by category: where a service is looked for. */
  providers: '/providers',
  provider: (id: string) => `/providers/${id}`,
  compareProviders: (ids: readonly string[]) => `/providers/compare?ids=${ids.join(',')}`,
  /** The numbered list of the pool. */
  pool: '/pool',
  poolCertificate: (code: string) => `/pool/certificates/${code}`,
  /** How far an erasure of personal data is, by its receipt. */
  erasure: (id: string) => ({ path: '/erasures', query: id ? { id } : {} }),
  signIn: '/sign-in',
  signUp: '/sign-up',

  achievements: '/achievements',
  achievement: (id: string) => `/achievements/${id}`,
  /** An achievement with the form of interest open, one way chosen. */
  askFor: (id: string, way: string) => ({ path: `/achievements/${id}`, query: { ask: way } }),
  /** Where a provider of pilot-scale work (中试) is looked for. */
  pilotProviders: (field: string) => ({ path: '/services', query: { q: `中试 ${field}`.trim() } }),
  /** A new demand that starts from an achievement that almost fits (订单式研发). */
  counterDemand: (achievementId: string) => ({ path: '/work/demands/new', query: { achievement: achievementId } }),
  achievementLists: '/achievement-lists',
  achievementList: (id: string) => `/achievement-lists/${id}`,
  certificates: '/certificates',
  myAchievements: '/work/achievements',
  newAchievement: '/work/achievements/new',
  importAchievements: '/work/achievements/import',
  achievementImport: (id: string) => `/work/achievements/import/${id}`,
  myAchievementLists: '/work/achievement-lists',
  editAchievement: (id: string) => `/work/achievements/${id}/edit`,
  /** Another text of what is published, as a version. */
  changeAchievement: (id: string) => `/work/achievements/${id}/change`,
  reviewAchievements: '/work/review/achievements',
  /** What became of interest in achievements, by university, chain or district. */
  achievementFigures: '/work/achievement-figures',
  /** A university's own sight: what is asked for, who looks, what came in. */
  achievementDesk: '/work/achievement-desk',
  achievementDeals: '/work/achievement-deals',
  achievementDeal: (id: string) => `/work/achievement-deals/${id}`,

  /** Who serves which firm, and what was done for it. */
  liaisons: '/work/liaison',
  liaison: (orgId: string) => `/work/liaison/${orgId}`,
  /** What staff draft for firms that call. */
  drafts: '/work/drafts',
  draftedAdmission: (orgId: string) => `/work/drafts/admissions/${orgId}`,
  workbench: '/work',
  myDemands: '/work/demands',
  myLists: '/work/lists',
  newDemand: '/work/demands/new',
  importDemands: '/work/demands/import',
  /** One own demand: its problems, matches, pushes, publishing. */
  manageDemand: (id: string) => `/work/demands/${id}`,
  editDemand: (id: string) => `/work/demands/${id}/edit`,
  /** Changing one own demand that is published. */
  changeDemand: (id: string) => `/work/demands/${id}/change`,
  /** Bids, formal check, scores, award of one own demand. */
  evaluate: (id: string) => `/work/demands/${id}/evaluation`,
  myBids: '/work/bids',
  /** One own bid; its id holds colons, so it is encoded. */
  bid: (bidId: string) => `/work/bids/${encodeURIComponent(bidId)}`,
  /** The bid form on a demand: starts a bid or goes on with the one there is. */
  bidOn: (demandId: string) => `/work/demands/${demandId}/bid`,
  /** The winners' work; a task's id is its bid's and holds colons. */
  tasks: '/work/tasks',
  figures: '/work/review/figures',
  task: (id: string) => `/work/tasks/${encodeURIComponent(id)}`,
  /** Where the own organisation is invited: directed demands, consortia. */
  invites: '/work/invites',
  reviewDemands: '/work/review/demands',
  reviewDemand: (id: string) => `/work/review/demands?open=${id}`,
  reviewCity: '/work/review/city',
  reviewObjections: '/work/review/objections',
  reviewIssues: '/work/review/issues',
  /** A person's claim of an unclaimed firm. */
  claim: (orgId: string) => `/work/claim/${orgId}`,
  findClaim: '/work/claim',
  reviewClaims: '/work/review/claims',
  /** Official title lists the city brings in. */
  titleLists: '/work/review/title-lists',
  reviewOrganisations: '/work/review/organisations',
  reviewOrganisation: (id: string) => `/work/review/organisations?open=${id}`,
  engagements: '/work/engagements',
  engagement: (id: string) => `/work/engagements/${id}`,
  /** Ask for quotes, one provider chosen already if given. */
  newEnquiry: (providers: string | readonly string[] = [], about: { offering?: string; offeringName?: string; category?: string } = {}) => {
    const query = new URLSearchParams([...[providers].flat().map((id) => ['provider', id]), ...Object.entries(about)] as string[][]).toString()
    return query ? `/work/engagements/new?${query}` : '/work/engagements/new'
  },
  /** The quotes of one enquiry side by side. */
  enquiry: (id: string) => `/work/enquiries/${id}`,
  serviceDesk: '/work/service-desk',
  reviewEngagements: '/work/review/engagements',
  engagementFigures: '/work/review/engagement-figures',
  /** Demands pushed to the own organisation, with reasons. */
  matches: '/work/matches',
  /** What the own organisation requires of suppliers, in general and of one demand. */
  supplyRequirements: '/work/requirements',
  demandRequirements: (id: string) => `/work/demands/${id}/requirements`,
  suppliers: '/work/suppliers',
  publicSuppliers: (orgId: string) => `/qualified-suppliers/${orgId}`,
  listed: '/work/listed',
  supplyFigures: '/work/supply-figures',
  myCapabilities: '/work/capabilities',
  newCapability: '/work/capabilities/new',
  editCapability: (id: string) => `/work/capabilities/${id}`,
  /** The own organisation's way into the pool, and what it says of itself there. */
  admission: '/work/admission',
  /** A year's evaluation of the pool, as anyone may read it. */
  evaluation: (year: number | string) => `/evaluations/${year}`,
  evaluationDesk: '/work/review/evaluations',
  /** What the own organisation offers. */
  myOfferings: '/work/offerings',
  editOffering: (id: string) => `/work/offerings/${id}`,
  /** The pool in figures, for the authority. */
  poolDashboard: '/work/review/pool',
  reviewReports: '/work/review/reports',
  watchList: '/work/review/watch',
  selfReports: '/work/review/self-reports',
  /** The city's rules as versions, one tab for each service. */
  reviewRules: '/work/review/rules',
  rewardRules: '/work/review/reward-rules',
  /** The demands the reader watches. */
  watches: '/work/watches',
  /** Applications an expert was asked to score. */
  panels: '/work/panels',
  /** Bids an expert was asked to score. */
  scoring: '/work/scoring',
  opinions: '/work/opinions',
  score: (demandId: string) => `/work/scoring/${demandId}`,
  experts: '/work/review/experts',
  reviewAdmissions: '/work/review/admissions',
  reviewAdmission: (id: string) => `/work/review/admissions?open=${id}`,
  inbox: '/work/inbox',
  savedSearches: '/work/searches',
  /** Words that mean the same to the search, for the city's operators. */
  synonyms: '/work/review/words',
  account: '/work/account',
  myData: '/work/account/data',
  contactLooks: '/work/organisation/looks',
  reviewRecoveries: '/work/review/recoveries',
  reviewErasures: '/work/review/erasures',
  ownOrganisation: '/work/organisation',
} as const
