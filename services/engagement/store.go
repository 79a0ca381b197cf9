package engagement

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/when"
)

// Asked is one client's enquiry to one or several providers; each became an engagement of its own.
type Asked struct {
	ClientID     string       `json:"clientId"`
	ClientName   string       `json:"clientName"`
	UserID       string       `json:"userId"`
	Terms        Terms        `json:"terms"`
	OfferingID   string       `json:"offeringId,omitempty"`
	OfferingName string       `json:"offeringName,omitempty"`
	Providers    []Party      `json:"providers"`
	Files        []File       `json:"files,omitempty"`
	At           when.Instant `json:"at"`
	DueAt        when.Instant `json:"dueAt"` // not 0: some engagements are still to be made
}

// Message is one message of a thread, a document of its own, id "<engagement>:<number>".
type Message struct {
	EngagementID string       `json:"engagementId"`
	Number       int          `json:"number"` // from 1
	Role         Role         `json:"role"`
	Name         string       `json:"name"`
	UserID       string       `json:"userId"`
	Text         string       `json:"text"`
	Files        []string     `json:"files,omitempty"`
	At           when.Instant `json:"at"`
}

// Upload is a file before a step names it, id the file's.
type Upload struct {
	OrgID string       `json:"orgId"`
	File  File         `json:"file"`
	At    when.Instant `json:"at"`
}

// Sheet is the figures of one month and district, by category: a read model, recounted from its engagements whenever one changes.
type Sheet struct {
	Month    string          `json:"month"`
	District string          `json:"district"`
	Cells    map[string]Cell `json:"cells"`
}

// Evidence is where a file with some content was used as proof, id its SHA-256.
type Evidence struct {
	Engagements []string `json:"engagements"`
}

type store struct {
	db          *docstore.DB
	engagements *docstore.Collection[Engagement]
	enquiries   *docstore.Collection[Asked]
	messages    *docstore.Collection[Message]
	uploads     *docstore.Collection[Upload]
	sheets      *docstore.Collection[Sheet]
	ledgers     *docstore.Collection[Ledger]
	evidence    *docstore.Collection[Evidence]
	flags       *docstore.Collection[Flag]
	settings    *docstore.Sole[SettingsBook]
}

func openStore(ctx context.Context, db *docstore.DB) (*store, error) {
	s := &store{db: db}
	var errs [9]error
	s.engagements, errs[0] = docstore.NewCollection[Engagement](ctx, db, docstore.Spec{Name: "engagements", Version: 1, Indexes: []docstore.Index{
		{Name: "client", Fields: []string{"clientId", "changedAt"}},
		{Name: "clientState", Fields: []string{"clientId", "state", "changedAt"}},
		{Name: "provider", Fields: []string{"providerId", "changedAt"}},
		{Name: "providerState", Fields: []string{"providerId", "state", "changedAt"}},
		{Name: "pair", Fields: []string{"providerId", "clientId", "createdAt"}},
		{Name: "enquiry", Fields: []string{"enquiryId", "createdAt"}},
		{Name: "cell", Fields: []string{"month", "district", "category"}},
		{Name: "providerMonth", Fields: []string{"providerId", "month"}},
		{Name: "queue", Fields: []string{"queue", "queueDue"}},
		{Name: "queueDistrict", Fields: []string{"district", "queue", "queueDue"}},
		{Name: "rated", Fields: []string{"ratedProvider", "ratedAt"}},
		{Name: "due", Fields: []string{"dueAt"}},
	}})
	s.enquiries, errs[1] = docstore.NewCollection[Asked](ctx, db, docstore.Spec{Name: "enquiries", Version: 1, Indexes: []docstore.Index{
		{Name: "due", Fields: []string{"dueAt"}},
	}})
	s.messages, errs[2] = docstore.NewCollection[Message](ctx, db, docstore.Spec{Name: "messages", Version: 1, Indexes: []docstore.Index{
		{Name: "thread", Fields: []string{"engagementId", "number"}},
	}})
	s.uploads, errs[3] = docstore.NewCollection[Upload](ctx, db, docstore.Spec{Name: "uploads", Version: 1})
	s.sheets, errs[4] = docstore.NewCollection[Sheet](ctx, db, docstore.Spec{Name: "sheets", Version: 1, Unwitnessed: true, Indexes: []docstore.Index{
		{Name: "month", Fields: []string{"month", "district"}},
	}})
	s.evidence, errs[5] = docstore.NewCollection[Evidence](ctx, db, docstore.Spec{Name: "evidence", Version: 1, Unwitnessed: true})
	s.flags, errs[6] = docstore.NewCollection[Flag](ctx, db, docstore.Spec{Name: "flags", Version: 1, Indexes: []docstore.Index{
		{Name: "state", Fields: []string{"state", "at"}},
		{Name: "time", Fields: []string{"at"}},
		{Name: "first", Fields: []string{"first", "at"}},
		{Name: "second", Fields: []string{"second", "at"}},
	}})
	s.settings, errs[7] = docstore.NewSole(ctx, db, docstore.Spec{Name: "settings", Version: 1}, firstSettings)
	s.ledgers, errs[8] = docstore.NewCollection[Ledger](ctx, db, docstore.Spec{Name: "ledgers", Version: 1, Unwitnessed: true})
	return s, errors.Join(errs[:]...)
}

// keyOf names a document after what it is about, so that making it again finds it; nothing of the parts can be read from it.
func keyOf(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:16])
}

// firstSettings are the settings until the city changes them.
func firstSettings() SettingsBook { return SettingsBook{Versions: []Settings{DefaultSettings()}} }
