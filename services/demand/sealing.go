package demand

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"sync"

	"lianbang/services/demand/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/seal"
	"lianbang/services/platform/when"
)

// This file keeps the 申请书 of a sealed demand's bids unreadable at rest, drafts and files too. Every demand and round has a data key,
// wrapped by the master key that is in no database and no backup. A bid comes out of the store closed; whoever may read it (Bid.Readable)
// has it opened in memory, and what is written is closed again. It stays closed for ever: losers' plans and prices are nobody else's.

// sealedPart is what of a bid is sealed: everything but the 对接表, which is open to the issuer at once.
type sealedPart struct {
	Application ApplicationForm `json:"application,omitzero"`
	Quote       QuoteForm       `json:"quote,omitzero"`
	Trial       TrialForm       `json:"trial,omitzero"`
	Interest    InterestForm    `json:"interest,omitzero"`
	Achievement AchievementRef  `json:"achievement,omitzero"`
	Files       []Attachment    `json:"files,omitempty"`
}

// opened is what a bid remembers while its sealed part is open.
type opened struct {
	box    *seal.Box
	plain  []byte // as it was found; nil for a new bid
	closed []byte
}

// sealedFile reports whether a file belongs to what is sealed. Papers of a correction or of dealings come after the opening.
func (b *Bid) sealedFile(p Part) bool { return b.Sealed && p == Application }

// takeSealed takes the sealed part out of the bid.
func (b *Bid) takeSealed() sealedPart {
	p := sealedPart{Application: b.Offer.Application, Quote: b.Offer.Quote, Trial: b.Offer.Trial, Interest: b.Offer.Interest, Achievement: b.Offer.Achievement}
	var others []Attachment
	for _, a := range b.Attachments {
		if b.sealedFile(a.Part) {
			p.Files = append(p.Files, a)
		} else {
			others = append(others, a)
		}
	}
	b.Offer = Offer{Docking: b.Offer.Docking, Prefilled: b.Offer.Prefilled}
	b.Attachments = others
	return p
}

// putSealed is takeSealed's way back. Files stand in the order they came in.
func (b *Bid) putSealed(p sealedPart) {
	b.Offer.Application, b.Offer.Quote, b.Offer.Trial, b.Offer.Interest, b.Offer.Achievement = p.Application, p.Quote, p.Trial, p.Interest, p.Achievement
	b.Attachments = append(slices.Clone(b.Attachments), p.Files...)
	slices.SortStableFunc(b.Attachments, func(x, y Attachment) int { return cmp.Or(cmp.Compare(x.At, y.At), strings.Compare(x.ID, y.ID)) })
}

// unseal gives the sealed part back, in memory.
func (b *Bid) unseal(box *seal.Box) error {
	if b.Closed == nil {
		return nil
	}
	plain, err := box.Open(b.Closed, "bid", b.ID)
	if err != nil {
		return fmt.Errorf("bid %s: %w", b.ID, err)
	}
	var p sealedPart
	if err := json.Unmarshal(plain, &p); err != nil {
		return fmt.Errorf("bid %s: %w", b.ID, err)
	}
	b.opened, b.Closed = &opened{box, plain, b.Closed}, nil
	b.putSealed(p)
	return nil
}

// reseal makes the bid fit to be written, and says what it closed. A bid that was not opened passes as it is. One that holds something
// open beside its seal, or has no key to close it with, is refused: nothing sealed reaches the store in the clear.
func (b *Bid) reseal() (*sealedPart, error) {
	if !b.Sealed || b.LeadBid != "" {
		return nil, nil
	}
	had := b.opened
	p := b.takeSealed()
	if had == nil && b.Closed != nil && reflect.ValueOf(p).IsZero() {
		return nil, nil
	}
	if had == nil || b.Closed != nil {
		return nil, fault.Newf(fault.Internal, "", "bid %s would be written with its seal broken", b.ID)
	}
	plain, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	if b.Closed = had.closed; !bytes.Equal(plain, had.plain) {
		b.Closed = had.box.Seal(plain, "bid", b.ID)
	}
	b.opened = nil
	return &p, nil
}

// bidKey is a demand's data key of one round, under "<demand>:<round>".
type bidKey struct {
	KeyID string       `json:"keyId"` // of the master key that wraps it
	Key   []byte       `json:"key"`
	At    when.Instant `json:"at"`
}

func (k *bidKey) wrapped() seal.Wrapped { return seal.Wrapped{KeyID: k.KeyID, Key: k.Key} }

// bidStore is the bids' collection behind the seal: what goes in is closed, what comes out is closed.
type bidStore struct {
	*docstore.Collection[Bid]
	keys *docstore.Collection[bidKey]
	ring seal.Ring

	mu    sync.Mutex
	boxes map[string]*seal.Box
}

// maxBoxes bounds the keys held in memory.
const maxBoxes = 2000

// errSealLost is of bids that a lost master key protected.
var errSealLost = fault.New(fault.Unavailable, "bid.seal_lost", "the key that protected this demand's sealed bids is lost")

func openBids(ctx context.Context, db *docstore.DB, ring seal.Ring, lost string) (*bidStore, error) {
	s := &bidStore{ring: ring, boxes: map[string]*seal.Box{}}
	var err error
	if len(ring) == 0 {
		return nil, errors.New("LIANBANG_SEAL_KEY is missing: sealed bids are kept under it")
	}
	if s.Collection, err = docstore.NewCollection[Bid](ctx, db, docstore.Spec{Name: "bids", Version: 1, Indexes: []docstore.Index{
		{Name: "demand", Fields: []string{"demandId", "round", "state", "submittedAt"}},
		{Name: "org", Fields: []string{"orgId", "changedAt"}},
	}}); err != nil {
		return nil, err
	}
	if s.keys, err = docstore.NewCollection[bidKey](ctx, db, docstore.Spec{Name: "bid_keys", Version: 1, Unwitnessed: true}); err != nil {
		return nil, err
	}
	return s, s.admit(ctx, lost)
}

// admit looks at every data key before anything is served. Those that a former master key wrapped are wrapped by the present one; one
// whose master key is not here stops the start, unless that key is given up as lost: a wrong key would not show before a deadline.
func (s *bidStore) admit(ctx context.Context, lost string) error {
	strange := map[string]int{}
	err := s.keys.Each(ctx, docstore.Query{}, func(doc docstore.Doc[bidKey]) error {
		switch id := doc.Body.KeyID; {
		case id == s.ring.Current() || id == lost:
			return nil
		case !s.ring.Has(id):
			strange[id]++
			return nil
		}
		_, err := s.keys.Update(ctx, doc.ID, func(tx *docstore.Tx[bidKey]) error {
			w, err := s.ring.Rewrap(doc.ID, tx.Body.wrapped())
			tx.Body.KeyID, tx.Body.Key = w.KeyID, w.Key
			return err
		})
		return err
	})
	for id, n := range strange {
		err = errors.Join(err, fmt.Errorf("the sealed bids of %d demands are kept under seal key %s, and LIANBANG_SEAL_KEY (or seal.key in the data directory) is %s: "+
			"put the former key back, or name it as LIANBANG_PREVIOUS_SEAL_KEY; if it is lost for good, LIANBANG_LOST_SEAL_KEY=%s starts without those bids",
			n, id, s.ring.Current(), id))
	}
	return err
}

func keyPlace(demandID string, round int) string { return fmt.Sprintf("%s:%d", demandID, round) }

// box is the data key of a demand's round, made with its first sealed bid. Errors: bid.seal_lost.
func (s *bidStore) box(ctx context.Context, demandID string, round int) (*seal.Box, error) {
	place := keyPlace(demandID, round)
	s.mu.Lock()
	box, ok := s.boxes[place]
	s.mu.Unlock()
	if ok {
		return box, nil
	}
	kept, err := s.keys.Get(ctx, place)
	if fault.KindOf(err) == fault.NotFound {
		var wrapped seal.Wrapped
		if _, wrapped, err = s.ring.NewBox(place); err != nil {
			return nil, err
		}
		kept, err = s.keys.Insert(ctx, place, bidKey{KeyID: wrapped.KeyID, Key: wrapped.Key})
		if fault.KindOf(err) == fault.Duplicate { // another bidder was first
			kept, err = s.keys.Get(ctx, place)
		}
	}
	if err != nil {
		return nil, err
	}
	if box, err = s.ring.Box(place, kept.Body.wrapped()); err != nil {
		if errors.Is(err, seal.ErrKey) {
			err = errSealLost
		}
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.boxes) >= maxBoxes {
		clear(s.boxes)
	}
	s.boxes[place] = box
	return box, nil
}

// unseal opens a bid in memory. The caller has made sure that its reader may read it. Errors: bid.seal_lost.
func (s *bidStore) unseal(ctx context.Context, b *Bid) error {
	if b.Closed == nil {
		return nil
	}
	box, err := s.box(ctx, b.DemandID, b.Round)
	if err != nil {
		return err
	}
	return b.unseal(box)
}

// prepare gives a new bid of a sealed demand the key it is closed with.
func (s *bidStore) prepare(ctx context.Context, b *Bid) error {
	if !b.Sealed || b.opened != nil {
		return nil
	}
	box, err := s.box(ctx, b.DemandID, b.Round)
	b.opened = &opened{box: box}
	return err
}

// Insert closes and stores a new bid; see docstore.
func (s *bidStore) Insert(ctx context.Context, id string, b Bid, opts ...docstore.InsertOption) (docstore.Doc[Bid], error) {
	if err := s.prepare(ctx, &b); err != nil {
		return docstore.Doc[Bid]{}, err
	}
	if _, err := b.reseal(); err != nil {
		return docstore.Doc[Bid]{}, err
	}
	return s.Collection.Insert(ctx, id, b, opts...)
}

// Update closes what fn opened and gives the bid back as open as fn left it; see docstore.
func (s *bidStore) Update(ctx context.Context, id string, fn func(*docstore.Tx[Bid]) error, opts ...docstore.UpdateOption) (docstore.Doc[Bid], error) {
	var part *sealedPart
	var box *seal.Box
	doc, err := s.Collection.Update(ctx, id, func(tx *docstore.Tx[Bid]) error {
		if err := fn(tx); err != nil {
			return err
		}
		if tx.Body.opened != nil {
			box = tx.Body.opened.box
		}
		var err error
		part, err = tx.Body.reseal()
		return err
	}, opts...)
	if err == nil && part != nil {
		doc.Body.opened, doc.Body.Closed = &opened{box: box, closed: doc.Body.Closed}, nil
		doc.Body.putSealed(*part)
	}
	return doc, err
}

// mayOpen reports whether a reader is shown something of the sealed part: what it may read, or an invitee its own share of the work.
func (b *Bid) mayOpen(r Role, d *Demand) bool { return b.Readable(Application, r, d) || r == Invitee }

// openFor opens a bid for a reader who may read it, and leaves it closed for anybody else.
func (s *Service) openFor(ctx context.Context, b *Bid, d *Demand, r Role) error {
	if !b.mayOpen(r, d) {
		return nil
	}
	return s.bids.unseal(ctx, b)
}

// show is the bid as one reader may see it. One whose key is lost is shown without its sealed part.
func (s *Service) show(ctx context.Context, doc docstore.Doc[Bid], d *Demand, a access.Actor) (api.Bid, error) {
	if err := s.openFor(ctx, &doc.Body, d, bidRole(a, &doc.Body, d)); err != nil && !errors.Is(err, errSealLost) {
		return api.Bid{}, err
	}
	return bidView(doc, d, a, s.now()), nil
}

// putFile keeps a bid's file, sealed where its part is.
func (s *Service) putFile(ctx context.Context, b *Bid, part Part, content io.Reader, name string) (Attachment, error) {
	kept := Attachment{Part: part, At: when.At(s.now())}
	if !b.sealedFile(part) {
		ref, err := s.o.Files.Put(ctx, content, name)
		kept.ID, kept.Name, kept.Size, kept.ContentType = ref.ID, ref.Name, ref.Size, ref.Type
		return kept, err
	}
	plain, err := blob.LimitRead(content, blob.DefaultMaxSize)
	if err != nil {
		return kept, err
	}
	ref, err := blob.Inspect(plain, name)
	if err != nil {
		return kept, err
	}
	box, err := s.bids.box(ctx, b.DemandID, b.Round)
	if err != nil {
		return kept, err
	}
	kept.ID, kept.Name, kept.Size, kept.ContentType, kept.Sealed = blob.NewID(), ref.Name, ref.Size, ref.Type, true
	return kept, s.o.Files.PutSealed(ctx, kept.ID, box.Seal(plain, "file", b.ID, kept.ID))
}

// openFile serves one of a bid's files to somebody who may read it.
func (s *Service) openFile(ctx context.Context, b *Bid, all []Attachment, id string) (File, error) {
	f, err := s.open(ctx, all, id)
	i := slices.IndexFunc(all, func(a Attachment) bool { return a.ID == id })
	if err != nil || !all[i].Sealed {
		return f, err
	}
	sealed, err := io.ReadAll(f.Content)
	if err = errors.Join(err, f.Content.Close()); err != nil {
		return File{}, err
	}
	box, err := s.bids.box(ctx, b.DemandID, b.Round)
	if err != nil {
		return File{}, err
	}
	plain, err := box.Open(sealed, "file", b.ID, id)
	if err != nil {
		return File{}, fmt.Errorf("file %s of bid %s: %w", id, b.ID, err)
	}
	return File{Ref: blob.Ref{ID: id, Name: all[i].Name, Type: all[i].ContentType, Size: all[i].Size}, Content: io.NopCloser(bytes.NewReader(plain))}, nil
}

// creation readies a new bid for the store and gives its request's fingerprint: one that does not let anybody try guesses on a sealed
// bid's content.
func (s *bidStore) creation(ctx context.Context, b *Bid) (string, error) {
	if err := s.prepare(ctx, b); err != nil {
		return "", err
	}
	_, fingerprint := rest.Creation(ctx, b.ChangedAt.Time())
	if fingerprint == "" || !b.Sealed {
		return fingerprint, nil
	}
	return b.opened.box.Blind(fingerprint), nil
}
