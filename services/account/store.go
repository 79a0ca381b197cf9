package account

import (
	"context"
	"errors"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// store is what the service keeps, each collection with the only queries that are asked of it.
type store struct {
	db          *docstore.DB
	people      *docstore.Collection[Person]
	orgs        *docstore.Collection[Organisation]
	sessions    *docstore.Collection[Session]
	invitations *docstore.Collection[Invitation]
	reference   *docstore.Collection[Reference]
	pastCity    *docstore.Collection[PastReference]
	plannedCity *docstore.Collection[PlannedReference]
	experts     *docstore.Collection[Expert]
	titleLists  *docstore.Collection[TitleList]
	titleChunks *docstore.Collection[TitleChunk]
	claims      *docstore.Collection[Claim]
	codesSent   *docstore.Collection[CodesSent] // by a keyed hash of the number
	quotas      *docstore.Collection[Quota]     // by a keyed hash of the address
	identities  *docstore.Collection[Identity]
	usedStates  *docstore.Collection[UsedState]
	claimDrafts *docstore.Collection[DraftedClaim]
	liaisons    *docstore.Collection[Liaison]
	services    *docstore.Collection[ServiceEntry]
	recoveries  *docstore.Collection[Recovery]
	looks       *docstore.Collection[Look]
	erasures    *docstore.Collection[Erasure]
}

const cityDoc = "city" // id of the one reference document

// openStore opens the collections; begin is the data of a city that has none yet.
func openStore(ctx context.Context, db *docstore.DB, begin Reference) (*store, error) {
	s := &store{db: db}
	var errs [21]error
	s.people, errs[0] = docstore.NewCollection[Person](ctx, db, docstore.Spec{Name: "people", Version: 1, Indexes: []docstore.Index{
		{Name: "byPhone", Fields: []string{"phone"}, Unique: true},
		{Name: "byEmail", Fields: []string{"emailKey"}, Unique: true},
		{Name: "byStaff", Fields: []string{"staff"}},
	}})
	s.orgs, errs[1] = docstore.NewCollection[Organisation](ctx, db, docstore.Spec{Name: "organisations", Version: 1, Searchable: true, Indexes: []docstore.Index{
		{Name: "byCreditCode", Fields: []string{"creditKey"}, Unique: true},
		{Name: "byState", Fields: []string{"state", "queueAt"}},
		{Name: "byDistrictState", Fields: []string{"district", "state", "queueAt"}},
		{Name: "byTime", Fields: []string{"queueAt"}},
		{Name: "byDistrict", Fields: []string{"district", "queueAt"}},
		{Name: "byName", Fields: []string{"profile.name"}},
		{Name: "byStateName", Fields: []string{"state", "profile.name"}},
	}})
	s.sessions, errs[2] = docstore.NewCollection[Session](ctx, db, docstore.Spec{Name: "sessions", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "byUser", Fields: []string{"userId", "endedAt", "lastUsedAt"}},
	}})
	s.invitations, errs[3] = docstore.NewCollection[Invitation](ctx, db, docstore.Spec{Name: "invitations", Version: 1, Indexes: []docstore.Index{
		{Name: "byCode", Fields: []string{"codeHash"}, Unique: true},
		{Name: "byOrg", Fields: []string{"orgId", "state", "createdAt"}},
		{Name: "byPhone", Fields: []string{"phone", "state", "createdAt"}},
	}})
	s.reference, errs[4] = docstore.NewCollection[Reference](ctx, db, docstore.Spec{Name: "reference", Version: 1})
	s.experts, errs[5] = docstore.NewCollection[Expert](ctx, db, docstore.Spec{Name: "experts", Version: 1, Indexes: []docstore.Index{
		{Name: "byTime", Fields: []string{"addedAt"}},
	}})
	s.titleLists, errs[6] = docstore.NewCollection[TitleList](ctx, db, docstore.Spec{Name: "title_lists", Version: 1, Indexes: []docstore.Index{
		{Name: "byTime", Fields: []string{"createdAt"}},
		{Name: "byDue", Fields: []string{"dueAt"}},
	}})
	s.titleChunks, errs[7] = docstore.NewCollection[TitleChunk](ctx, db, docstore.Spec{Name: "title_chunks", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "byList", Fields: []string{"listId", "number"}},
	}})
	s.claims, errs[8] = docstore.NewCollection[Claim](ctx, db, docstore.Spec{Name: "claims", Version: 1, Indexes: []docstore.Index{
		{Name: "byState", Fields: []string{"state", "filedAt"}},
		{Name: "byDistrictState", Fields: []string{"district", "state", "filedAt"}},
		{Name: "byOrg", Fields: []string{"orgId", "filedAt"}},
		{Name: "byUser", Fields: []string{"userId", "filedAt"}},
		{Name: "byEscalation", Fields: []string{"escalateAt"}},
	}})
	s.claimDrafts, errs[9] = docstore.NewCollection[DraftedClaim](ctx, db, docstore.Spec{Name: "claim_drafts", Version: 1, Indexes: []docstore.Index{
		{Name: "byPhone", Fields: []string{"phone"}},
		{Name: "drafted", Fields: []string{"draftedBy", "at"}},
		{Name: "byText", Fields: []string{"textAt"}},
	}})
	s.pastCity, errs[10] = docstore.NewCollection[PastReference](ctx, db, docstore.Spec{Name: "past_reference", Version: 1, Unwitnessed: true})
	s.codesSent, errs[11] = docstore.NewCollection[CodesSent](ctx, db, docstore.Spec{Name: "codes_sent", Version: 1, Unwitnessed: true})
	s.quotas, errs[12] = docstore.NewCollection[Quota](ctx, db, docstore.Spec{Name: "code_quotas", Version: 1, Unwitnessed: true})
	s.identities, errs[13] = docstore.NewCollection[Identity](ctx, db, docstore.Spec{Name: "identities", Version: 1, Indexes: []docstore.Index{
		{Name: "byPerson", Fields: []string{"personKey"}, Unique: true},
	}})
	s.usedStates, errs[14] = docstore.NewCollection[UsedState](ctx, db, docstore.Spec{Name: "used_states", Version: 1, Unwitnessed: true})
	s.liaisons, errs[15] = docstore.NewCollection[Liaison](ctx, db, docstore.Spec{Name: "liaisons", Version: 1, Indexes: []docstore.Index{
		{Name: "byName", Fields: []string{"orgName"}},
		{Name: "byUser", Fields: []string{"userId", "orgName"}},
		{Name: "byDistrict", Fields: []string{"district", "orgName"}},
	}})
	s.services, errs[16] = docstore.NewCollection[ServiceEntry](ctx, db, docstore.Spec{Name: "service_entries", Version: 1, Indexes: []docstore.Index{
		{Name: "byOrg", Fields: []string{"orgId", "on"}},
		{Name: "byYear", Fields: []string{"year", "on"}},
		{Name: "byDistrictYear", Fields: []string{"district", "year", "on"}},
		{Name: "byDue", Fields: []string{"dueAt"}},
	}})
	s.recoveries, errs[17] = docstore.NewCollection[Recovery](ctx, db, docstore.Spec{Name: "recoveries", Version: 1, Indexes: []docstore.Index{
		{Name: "byPerson", Fields: []string{"userId", "state"}},
		{Name: "byTime", Fields: []string{"openedAt"}},
	}})
	s.looks, errs[18] = docstore.NewCollection[Look](ctx, db, docstore.Spec{Name: "contact_looks", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "byOwner", Fields: []string{"ownerOrgId", "at"}},
	}})
	s.plannedCity, errs[19] = docstore.NewCollection[PlannedReference](ctx, db, docstore.Spec{Name: "planned_reference", Version: 1})
	s.erasures, errs[20] = docstore.NewCollection[Erasure](ctx, db, docstore.Spec{Name: "erasures", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "byUser", Fields: []string{"userId"}, Unique: true},
		{Name: "byDue", Fields: []string{"dueAt"}},
		{Name: "byTime", Fields: []string{"at"}},
	}})
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	_, err := s.reference.Insert(ctx, cityDoc, begin)
	if err != nil && fault.KindOf(err) != fault.Duplicate {
		return nil, err
	}
	return s, nil
}

// one finds the document with a unique key; ok is false when there is none.
func one[T any](ctx context.Context, c *docstore.Collection[T], index string, key any) (doc docstore.Doc[T], ok bool, err error) {
	page, err := c.Find(ctx, docstore.Query{Index: index, Equal: []any{key}, Limit: 1})
	if err != nil || len(page.Items) == 0 {
		return doc, false, err
	}
	return page.Items[0], true, nil
}

// queue asks for organisations in a state ("" is any) and district ("" is any): the waiting ones first come first, others last changed
// first.
func (s *store) queue(state State, district string) docstore.Query {
	q := docstore.Query{Index: "byTime", Descending: state != Submitted}
	switch {
	case state != "" && district != "":
		q.Index, q.Equal = "byDistrictState", []any{district, state}
	case state != "":
		q.Index, q.Equal = "byState", []any{state}
	case district != "":
		q.Index, q.Equal = "byDistrict", []any{district}
	}
	return q
}
