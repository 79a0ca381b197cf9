/** Every address of the program, so that pages of different modules can point at each other without knowing each other. */
export const links = {
  home: '/',
  search: '/search',
  board: '/demands',
  demand: (id: string) => `/demands/${id}`,
  result: (id: string) => `/demands/${id}/result`,
  /** The bid form: starts a bid or goes on with the one there is. */
  bidOn: (demandId: string) => `/demands/${demandId}/bid`,
  organisation: (id: string) => `/organisations/${id}`,

  workbench: '/workbench',
  myDemands: '/my/demands',
  newDemand: '/my/demands/new',
  editDemand: (id: string) => `/my/demands/${id}/edit`,
  /** Publishing, matches, pushes, bids, evaluation and award of one own demand. */
  manageDemand: (id: string) => `/my/demands/${id}`,
  evaluate: (id: string) => `/my/demands/${id}/evaluation`,
  importDemands: '/my/demands/import',
  myBids: '/my/bids',
  bid: (bidId: string) => `/my/bids/${encodeURIComponent(bidId)}`,
  reviewDemands: '/review/demands',
  reviewDemand: (id: string) => `/review/demands?open=${id}`,
  reviewOrganisations: '/review/organisations',
  inbox: '/inbox',
  account: '/account',
  ownOrganisation: '/account/organisation',
  signIn: '/sign-in',
  signUp: '/sign-up',
} as const
