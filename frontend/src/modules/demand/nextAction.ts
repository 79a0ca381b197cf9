import type { Demand } from '@/api/paths'
import { links } from '@/app/links'

type Action = Demand['Action']

/** Where an operation on a demand is done. Operations that only read have no door of their own. */
export function doorOf(operation: string, demand: Demand['Demand']): string | undefined {
  switch (operation) {
    case 'placeBid': return links.bidOn(demand.id)
    case 'editBid': case 'submitBid': case 'withdrawBid': case 'correctBid': case 'getMyBid': case 'getBid': case 'getBidFeedback':
      return demand.myBidId ? links.bid(demand.myBidId) : links.bidOn(demand.id)
    case 'acceptDemandInvite': case 'declineDemandInvite': return links.invites
    case 'editDemand': case 'submitDemand': return links.editDemand(demand.id)
    case 'changeDemand': return links.changeDemand(demand.id)
    case 'publishDemand': case 'withdrawDemand': case 'terminateDemand': case 'reopenDemand': case 'endBidding': case 'concludeDemand': case 'listDemandPushes': return links.manageDemand(demand.id)
    case 'listBids': case 'formalCheckBid': case 'scoreBid': case 'shortlistBid': case 'awardDemand': case 'publishAward': case 'declareNoAward': case 'settleAwardObjection':
      return links.evaluate(demand.id)
    case 'approveDemand': case 'returnDemand': case 'rejectDemand': case 'askDemandOpinions': return links.reviewDemand(demand.id)
    case 'getResult': return links.result(demand.id)
    default: return undefined
  }
}

/** Reading is not "the next action". */
const quiet = new Set(['listDemandMatches', 'getDemand', 'getDemandHistory', 'getDemandAttachment', 'addDemandAttachment', 'removeDemandAttachment', 'listDemandPushes'])

/** The one action to offer: the one the server calls primary, else the first that is allowed and leads somewhere. */
export function nextAction(demand: Demand['Demand']): Action | undefined {
  const actions = demand.allowedActions.filter((action) => !quiet.has(action.operation))
  return actions.find((action) => action.primary) ?? actions.find((action) => action.allowed && doorOf(action.operation, demand))
}
