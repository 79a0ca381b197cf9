package achievement

import (
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strings"
	"time"

	"lianbang/services/platform/fault"
	"lianbang/services/platform/when"
)

// DealState is where a deal stands.
type DealState string

// The states of a deal (DOMAIN.md). Which of them a deal goes through follows from the way: see chain.
const (
	Interest         DealState = "interest"
	Talks            DealState = "talks"
	Pricing          DealState = "pricing" // the terms of a transfer, licence or stake are on the table, with a price and its ground
	OnTerms          DealState = "terms"   // the terms of any other way are on the table: nothing is priced, approved or noticed
	InternalApproval DealState = "internal_approval"
	PublicNotice     DealState = "public_notice"
	Trial            DealState = "trial"
	ToContract       DealState = "contract" // agreed, to be signed
	Signed           DealState = "signed"
	Registered       DealState = "registered"
	Fulfilled        DealState = "fulfilled"
	Declined         DealState = "declined"
	Cancelled        DealState = "cancelled"
)

// Method is how a price is found.
type Method string

// The methods: 协议定价, 挂牌交易, 拍卖.
const (
	Agreement Method = "agreement"
	Listing   Method = "listing"
	Auction   Method = "auction"
)

// ContractKind is one of the five kinds of technology contract that are registered (技术合同认定登记).
type ContractKind string

// The kinds: 开发, 转让, 许可, 咨询, 服务.
const (
	DevelopmentContract ContractKind = "development"
	TransferContract    ContractKind = "transfer"
	LicenceContract     ContractKind = "licence"
	ConsultingContract  ContractKind = "consulting"
	ServiceContract     ContractKind = "service"
)

// contractOf is the kind of contract a way ends in.
func (w Way) contractOf() ContractKind {
	switch w {
	case Licence, PayLater, OpenLicence:
		return LicenceContract
	case Joint, Commissioned:
		return DevelopmentContract
	case Consulting:
		return ConsultingContract
	case Services:
		return ServiceContract
	}
	return TransferContract
}

// claims reports whether a deal of the way takes a right to the achievement itself, not only the work of its team.
func (w Way) claims() bool {
	return slices.Contains([]Way{Transfer, Licence, Equity, TrialFirst, PayLater, OpenLicence}, w)
}

// owns reports whether the way hands the achievement over for good: such a deal is always exclusive.
func (w Way) owns() bool { return w == Transfer || w == Equity || w == TrialFirst }

// priced reports whether the way goes through pricing, approval and a public notice.
func (w Way) priced() bool { return w == Transfer || w == Licence || w == Equity }

// chain is what a deal of the way goes through, from the interest to the outcome. Nobody knows yet: only the beginning.
func (w Way) chain() []DealState {
	begin, end := []DealState{Interest, Talks}, []DealState{ToContract, Signed, Registered, Fulfilled}
	switch {
	case w == "":
		return begin
	case w == OpenLicence: // its notice has stood before anybody could take it
		return end[1:]
	case w.priced():
		return slices.Concat(begin, []DealState{Pricing, InternalApproval, PublicNotice}, end)
	case w == TrialFirst:
		return slices.Concat(begin, []DealState{OnTerms, Trial}, end)
	}
	return slices.Concat(begin, []DealState{OnTerms}, end)
}

// Steps are what lies behind and before the deal; nothing once it ended.
func (d *Deal) Steps() []DealState {
	switch {
	case d.Ended():
		return nil
	case d.Terms != nil:
		return d.Terms.Way.chain()
	}
	return d.Interest.Way.chain()
}

// InterestForm is what a firm says when it asks.
type InterestForm struct {
	Need         string `json:"need"`
	RequiredTRL  int    `json:"requiredTrl,omitempty"` // how far along it must be for this firm; 0 unknown
	Way          Way    `json:"way,omitempty"`         // the way it has in mind
	ContactName  string `json:"contactName"`
	ContactPhone string `json:"contactPhone"`
}

// DealTerms are what the university puts on the table. The firm agrees to one version of them.
type DealTerms struct {
	Version     int     `json:"version"`
	Way         Way     `json:"way"`
	Method      Method  `json:"method,omitempty"` // of transfer, licence and equity
	Exclusive   bool    `json:"exclusive,omitempty"`
	PriceFen    int64   `json:"priceFen,omitempty"`  // fixed; of a listing or an auction the reserve
	RoyaltyBP   int     `json:"royaltyBp,omitempty"` // of net sales
	Months      int     `json:"months,omitempty"`
	TrialDays   int     `json:"trialDays,omitempty"`
	PayAfter    int     `json:"payAfterDays,omitempty"` // 先使用后付费: days from signing to the first payment
	Basis       string  `json:"basis,omitempty"`        // how the price was found: appraisal, pricing report
	Scope       string  `json:"scope,omitempty"`
	Related     bool    `json:"related"` // the seller's declaration: inventors and firm are related
	RelatedNote string  `json:"relatedNote,omitempty"`
	Split       []Share `json:"split,omitempty"` // who gets which part of the income
}

// Share is one part of the income, in basis points of the whole.
type Share struct {
	Who  string `json:"who"` // inventors, department, institution, other
	Name string `json:"name,omitempty"`
	BP   int    `json:"bp"`
}

// Payment is money that changed hands. What the firm records the university confirms.
type Payment struct {
	Number    int          `json:"number"`
	Kind      string       `json:"kind"` // upfront, instalment, royalty
	AmountFen int64        `json:"amountFen"`
	PaidOn    when.Day     `json:"paidOn"`
	Basis     string       `json:"basis,omitempty"` // of a royalty: the sales it is counted on
	By        Role         `json:"by"`
	Confirmed bool         `json:"confirmed,omitempty"`
	At        when.Instant `json:"at"`
}

// Part is one line of a split, in fen; the lines of a split sum to its amount exactly.
type Part struct {
	Who       string `json:"who"`
	Name      string `json:"name,omitempty"`
	AmountFen int64  `json:"amountFen"`
}

// Split is the record of dividing income that came in.
type Split struct {
	AmountFen int64        `json:"amountFen"`
	Parts     []Part       `json:"parts"`
	Note      string       `json:"note,omitempty"`
	At        when.Instant `json:"at"`
}

// Contract is what both sides sign.
type Contract struct {
	Kind      ContractKind `json:"kind"`
	Number    string       `json:"number,omitempty"`
	PriceFen  int64        `json:"priceFen,omitempty"`
	RoyaltyBP int          `json:"royaltyBp,omitempty"`
	SellerAt  when.Instant `json:"sellerAt,omitempty"`
	FirmAt    when.Instant `json:"firmAt,omitempty"`
	SignedAt  when.Instant `json:"signedAt,omitempty"`
}

// NDA is the confidentiality step of the talks.
type NDA struct {
	SellerAt when.Instant `json:"sellerAt,omitempty"`
	FirmAt   when.Instant `json:"firmAt,omitempty"`
}

// Signed reports whether both sides did.
func (n NDA) Signed() bool { return n.SellerAt != 0 && n.FirmAt != 0 }

// Tried is a free trial (先用后转).
type Tried struct {
	StartsAt  when.Instant `json:"startsAt"`
	EndsAt    when.Instant `json:"endsAt"`
	Satisfied bool         `json:"satisfied,omitempty"`
	Report    string       `json:"report,omitempty"`
	At        when.Instant `json:"at,omitempty"` // of the report
}

// Outcome is what came of it at the firm.
type Outcome struct {
	Text     string       `json:"text"`
	SalesFen int64        `json:"salesFen,omitempty"`
	At       when.Instant `json:"at"`
}

// Follow are the steps on other documents and services that are still to be taken; each stays set until it is done.
type Follow struct {
	Settle    bool `json:"settle,omitempty"`    // signed: make the hold final
	Release   bool `json:"release,omitempty"`   // ended: give the hold back
	PutNotice bool `json:"putNotice,omitempty"` // approved: hand the notice to the notice service
	Withdraw  bool `json:"withdraw,omitempty"`  // ended while noticed: take the notice back
	Licence   bool `json:"licence,omitempty"`   // open licence taken: hold, then sign
	Tell      bool `json:"tell,omitempty"`      // an exclusive right signed: tell the others who talk about the achievement
}

func (f Follow) any() bool { return f != Follow{} }

// Deal is one firm's dealing over one achievement.
type Deal struct {
	State         DealState    `json:"state"`
	AchievementID string       `json:"achievementId"`
	Title         string       `json:"title"` // the achievement's name when the deal began
	TRL           int          `json:"trl,omitempty"`
	SellerID      string       `json:"sellerId"`
	Seller        string       `json:"seller"`
	FirmID        string       `json:"firmId"`
	Firm          string       `json:"firm"`
	District      string       `json:"district"`     // the firm's, for figures
	Jurisdiction  string       `json:"jurisdiction"` // the university's
	Chain         string       `json:"chain,omitempty"`
	SourceList    string       `json:"sourceList,omitempty"`
	Interest      InterestForm `json:"interest"`
	Won           *Won         `json:"won,omitempty"` // the won bid it comes of
	Messages      int          `json:"messages"`
	NDA           NDA          `json:"nda,omitzero"`
	Terms         *DealTerms   `json:"terms,omitempty"`
	FirmRelated   bool         `json:"firmRelated,omitempty"` // the firm's own declaration
	FirmNote      string       `json:"firmNote,omitempty"`
	AgreedAt      when.Instant `json:"agreedAt,omitempty"`
	Approval      string       `json:"approval,omitempty"`
	Notice        *Stand       `json:"notice,omitempty"`
	Trial         *Tried       `json:"trial,omitempty"`
	Contract      *Contract    `json:"contract,omitempty"`
	Registration  string       `json:"registration,omitempty"`
	Payments      []Payment    `json:"payments,omitempty"`
	Splits        []Split      `json:"splits,omitempty"`
	Outcome       *Outcome     `json:"outcome,omitempty"`
	Overtaken     when.Instant `json:"overtaken,omitempty"` // another firm signed for the exclusive right
	Reminded      when.Instant `json:"reminded,omitempty"`  // the day both sides were last reminded of: a trial's end, a payment's
	Certificate   string       `json:"certificate"`         // of an open licence, else empty
	Reason        string       `json:"reason,omitempty"`
	Follow        Follow       `json:"follow,omitzero"`
	BegunAt       when.Instant `json:"begunAt"`
	ChangedAt     when.Instant `json:"changedAt"`
	DueAt         when.Instant `json:"dueAt"`
	History       []Step       `json:"history"`
	// Slot and RegistrationKey are for the store's unique indexes: one open deal per firm and achievement, a registration number once.
	// Figure names the cell of the figures the deal counts in.
	Slot            string `json:"slot"`
	RegistrationKey string `json:"registrationKey"`
	Figure          string `json:"figure"`
}

// The actions on a deal, by operation id; NoticeEnded, NoticeStopped and GrantLicence are the clock's.
const (
	TakeUpDeal       Action = "takeUpAchievementDeal"
	DeclineDeal      Action = "declineAchievementDeal"
	CancelDeal       Action = "cancelAchievementDeal"
	PostDealMessage  Action = "postDealMessage"
	SignDealNDA      Action = "signDealNDA"
	ProposeDealTerms Action = "proposeDealTerms"
	AgreeDealTerms   Action = "agreeDealTerms"
	ApproveDeal      Action = "approveDeal"
	RefuseDeal       Action = "refuseDeal"
	ConcludeTrial    Action = "concludeDealTrial"
	SignDeal         Action = "signDeal"
	RegisterDeal     Action = "registerDeal"
	RecordPayment    Action = "recordDealPayment"
	ConfirmPayment   Action = "confirmDealPayment"
	SplitIncome      Action = "splitDealIncome"
	FulfilDeal       Action = "fulfilDeal"
	NoticeEnded      Action = "dealNoticeEnded"
	NoticeStopped    Action = "dealNoticeStopped"
	TakeOpenLicence  Action = "takeOpenLicence"
	GrantLicence     Action = "grantOpenLicence"
	WinDeal          Action = "winDeal" // a bid with the achievement won: the demand service's word
	DealOvertaken    Action = "dealOvertaken"
)

type dealRule struct {
	Action Action
	From   []DealState
	By     []Role
}

var (
	onTable  = []DealState{Pricing, OnTerms}
	talking  = []DealState{Talks, Pricing, OnTerms, InternalApproval, PublicNotice, Trial, ToContract, Signed, Registered}
	binding  = []DealState{Signed, Registered, Fulfilled}
	open     = []DealState{Interest, Talks, Pricing, OnTerms, InternalApproval, PublicNotice, Trial, ToContract}
	oneParty = []Role{Office}
)

var dealRules = []dealRule{
	{TakeUpDeal, []DealState{Interest}, []Role{Office, Department}},
	{DeclineDeal, []DealState{Interest, Talks, Pricing, OnTerms}, oneParty},
	{CancelDeal, open, []Role{Office, Firm}},
	{PostDealMessage, talking, []Role{Office, Department, Firm}},
	{SignDealNDA, []DealState{Talks, Pricing, OnTerms}, []Role{Office, Firm}},
	{ProposeDealTerms, []DealState{Talks, Pricing, OnTerms}, oneParty},
	{AgreeDealTerms, onTable, []Role{Firm}},
	{ApproveDeal, []DealState{InternalApproval}, oneParty},
	{RefuseDeal, []DealState{InternalApproval}, oneParty},
	{NoticeEnded, []DealState{PublicNotice}, []Role{Clock}},
	{NoticeStopped, []DealState{PublicNotice}, []Role{Clock}},
	{ConcludeTrial, []DealState{Trial}, []Role{Firm}},
	{SignDeal, []DealState{ToContract}, []Role{Office, Firm}},
	{GrantLicence, []DealState{ToContract}, []Role{Clock}},
	{RegisterDeal, []DealState{Signed}, oneParty},
	{RecordPayment, binding, []Role{Office, Firm}},
	{ConfirmPayment, binding, oneParty},
	{SplitIncome, binding, oneParty},
	{FulfilDeal, []DealState{Registered}, []Role{Office, Firm}},
}

// May answers whether a role may take an action in the deal's state: nil, Forbidden or Conflict deal.wrong_state.
func (d *Deal) May(act Action, by Role) error {
	i := slices.IndexFunc(dealRules, func(r dealRule) bool { return r.Action == act })
	if i < 0 || !slices.Contains(dealRules[i].By, by) {
		return fault.Newf(fault.Forbidden, "", "%s is not for the %s", act, by)
	}
	if !slices.Contains(dealRules[i].From, d.State) {
		return fault.Newf(fault.Conflict, "deal.wrong_state", "%s is not possible while the deal is %s", act, d.State)
	}
	return nil
}

// Ended reports whether nothing more happens.
func (d *Deal) Ended() bool { return d.State == Declined || d.State == Cancelled }

func (d *Deal) record(act Action, by By, now time.Time, to DealState, reason string) {
	d.History = append(d.History, Step{At: when.At(now), Action: act, To: string(to), Role: by.Role, UserID: by.UserID, Name: by.Name, Reason: reason})
	if extra := len(d.History) - maxHistory; extra > 0 {
		d.History = slices.Delete(d.History, 1, 1+extra)
	}
	d.State, d.ChangedAt = to, when.At(now)
	if d.Ended() || to == Fulfilled {
		d.Slot = "ended:" + fmt.Sprint(d.BegunAt) + ":" + d.AchievementID + ":" + d.FirmID
	}
	d.settle()
}

// settle derives when the clock must look: at once for steps left to take, at the notice's end while one stands, on the day both sides are
// to be reminded of.
func (d *Deal) settle() {
	d.DueAt = 0
	if at := d.remindAt(); at != d.Reminded {
		d.DueAt = at
	}
	if d.State == PublicNotice && d.Notice != nil {
		d.DueAt = max(when.Instant(int64(d.Notice.OpenedAt)+int64(d.Notice.Days)*day+d.Notice.StoodFor), 1)
	}
	if d.Follow.any() {
		d.DueAt = 1
	}
}

// PaymentDue is when the first payment of 先使用后付费 falls due; 0 where none does: before the contract, or once one is recorded.
func (d *Deal) PaymentDue() when.Instant {
	if d.Terms == nil || d.Terms.Way != PayLater || d.Contract == nil || d.Contract.SignedAt == 0 || d.Paid() > 0 {
		return 0
	}
	return d.Contract.SignedAt + when.Instant(int64(d.Terms.PayAfter)*day)
}

// remindAt is the day both sides are reminded of: a free trial's end, or the first payment's due day. 0: none.
func (d *Deal) remindAt() when.Instant {
	if d.State == Trial && d.Trial != nil {
		return d.Trial.EndsAt
	}
	if slices.Contains(binding, d.State) {
		return d.PaymentDue()
	}
	return 0
}

// Remind notes that both sides were reminded, and answers whether that was to be done now.
func (d *Deal) Remind(now time.Time) bool {
	at := d.remindAt()
	if at == 0 || at == d.Reminded || at > when.At(now) {
		return false
	}
	d.Reminded = at
	d.settle()
	return true
}

// Overtake notes that another firm signed for the exclusive right, and answers whether this deal is concerned and was not told before. It
// goes on for what takes no right to the achievement: commissioned work, advice, services.
func (d *Deal) Overtake(now time.Time) bool {
	if d.Overtaken != 0 || !slices.Contains(open, d.State) || d.Follow.Licence {
		return false
	}
	d.Overtaken = when.At(now)
	d.record(DealOvertaken, By{Role: Clock}, now, d.State, "")
	return true
}

// Done clears a step that was taken.
func (d *Deal) Done(clear func(*Follow)) {
	clear(&d.Follow)
	d.settle()
}

// NewDeal is a firm's interest in an achievement on offer.
func NewDeal(by By, now time.Time, id string, a *Achievement, form InterestForm, district string) (Deal, error) {
	if err := a.May(ExpressInterest, by.Role); err != nil {
		return Deal{}, err
	}
	var f []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: code})
		}
	}
	need(strings.TrimSpace(form.Need) != "", "need", "required")
	need(form.ContactName != "", "contactName", "required")
	need(form.ContactPhone != "", "contactPhone", "required")
	need(form.Way == "" || slices.Contains(a.Profile.Ways, form.Way) || form.Way.bridges(gap(a.Profile.TRL, form.RequiredTRL)), "way", "not_a_choice")
	if len(f) > 0 {
		return Deal{}, fault.Bad(f...)
	}
	d := begin(by, now, id, a, district)
	d.Interest = form
	d.record(ExpressInterest, by, now, Interest, "")
	return d, nil
}

func begin(by By, now time.Time, id string, a *Achievement, district string) Deal {
	return Deal{AchievementID: id, Title: a.Profile.Name, TRL: a.Profile.TRL, SellerID: a.OrgID, Seller: a.OrgName, FirmID: by.OrgID, Firm: by.Name, District: district,
		Jurisdiction: a.District, Chain: a.Profile.Chain, SourceList: a.Profile.SourceList, BegunAt: when.At(now), Slot: id + ":" + by.OrgID,
		Figure: figureOf(a.District, a.OrgID, when.At(now), a.Profile.Chain, district)}
}

// NewLicence is an open licence taken on its public terms: it waits only for its place in the achievement's record (GrantLicence).
func NewLicence(by By, now time.Time, dealID, id string, a *Achievement, form InterestForm, district string) (Deal, error) {
	if err := a.May(ExpressInterest, by.Role); err != nil {
		return Deal{}, err
	}
	if !a.OpenOnOffer() {
		return Deal{}, fault.New(fault.Conflict, "deal.not_open", "its open licence is not on offer: no such way, or its notice has not ended")
	}
	d := begin(by, now, id, a, district)
	t := a.Profile.OpenTerms
	d.Interest = form
	d.Terms = &DealTerms{Version: 1, Way: OpenLicence, PriceFen: t.UpfrontFen, RoyaltyBP: t.RoyaltyBP, Months: t.Months, Scope: t.Scope}
	d.AgreedAt = when.At(now)
	d.Contract = &Contract{Kind: LicenceContract, PriceFen: t.UpfrontFen, RoyaltyBP: t.RoyaltyBP, SellerAt: when.At(now), FirmAt: when.At(now)}
	d.Certificate = certificateOf(dealID)
	d.Slot = "licence:" + dealID // a firm may take a licence while it talks about more
	d.Follow.Licence = true
	d.record(TakeOpenLicence, by, now, ToContract, "")
	return d, nil
}

// OpenOnOffer reports whether anybody may take its open licence now.
func (a *Achievement) OpenOnOffer() bool {
	return a.OpenNoticed && a.State == Published && slices.Contains(a.Profile.Ways, OpenLicence)
}

// certificateOf is the code a certificate is verified by. It follows from the deal, and says nothing of it.
func certificateOf(dealID string) string {
	sum := sha256.Sum256([]byte("lianbang open licence\x00" + dealID))
	return "KF-" + base32.StdEncoding.EncodeToString(sum[:10])
}

// TakeUp begins talks.
func (d *Deal) TakeUp(by By, now time.Time) error {
	if err := d.May(TakeUpDeal, by.Role); err != nil {
		return err
	}
	d.record(TakeUpDeal, by, now, Talks, "")
	return nil
}

// Decline is the university's no; the firm learns why.
func (d *Deal) Decline(by By, now time.Time, reason string) error {
	if err := d.May(DeclineDeal, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	d.Reason, d.Follow.Release = reason, true
	d.record(DeclineDeal, by, now, Declined, reason)
	return nil
}

// Cancel ends it before it is signed, by either side.
func (d *Deal) Cancel(by By, now time.Time, reason string) error {
	if err := d.May(CancelDeal, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	d.Reason = reason
	d.Follow = Follow{Release: true, Withdraw: d.State == PublicNotice} // put up or not: it may be there though nobody noted it
	d.record(CancelDeal, by, now, Cancelled, reason)
	return nil
}

// maxMessages bounds a thread.
const maxMessages = 500

// Say counts a message of the thread. What is confidential waits for the confidentiality agreement.
func (d *Deal) Say(by By, now time.Time, confidential bool) error {
	if err := d.May(PostDealMessage, by.Role); err != nil {
		return err
	}
	if confidential && !d.NDA.Signed() {
		return fault.New(fault.Conflict, "deal.nda_missing", "sign the confidentiality agreement first, both sides")
	}
	if d.Messages >= maxMessages {
		return fault.Newf(fault.Conflict, "talks.full", "at most %d messages", maxMessages)
	}
	d.Messages++
	d.ChangedAt = when.At(now)
	return nil
}

// SignNDA is one side's signature under the confidentiality agreement.
func (d *Deal) SignNDA(by By, now time.Time) error {
	if err := d.May(SignDealNDA, by.Role); err != nil {
		return err
	}
	at := &d.NDA.SellerAt
	if by.Role == Firm {
		at = &d.NDA.FirmAt
	}
	if *at == 0 {
		*at = when.At(now)
		d.record(SignDealNDA, by, now, d.State, "")
	}
	return nil
}

// Propose puts terms on the table; new ones replace the old and need a new agreement.
func (d *Deal) Propose(by By, now time.Time, ways []Way, t DealTerms, s Settings) error {
	if err := d.May(ProposeDealTerms, by.Role); err != nil {
		return err
	}
	t.Exclusive = t.Exclusive && t.Way.claims() || t.Way.owns()
	if !t.Way.priced() {
		t.Method = ""
	} else if t.Method == "" {
		t.Method = Agreement
	}
	var f []fault.Field
	need := func(ok bool, path, code string) {
		if !ok {
			f = append(f, fault.Field{Path: path, Code: code})
		}
	}
	need(slices.Contains(ways, t.Way) || t.Way == Consulting || t.Way == Services || t.Way == Commissioned || d.Won != nil && t.Way == d.Won.Way || t.Way.bridges(d.Gap()), "way", "not_a_choice")
	need(t.Way != OpenLicence, "way", "open_terms_fixed")
	need(d.Overtaken == 0 || !t.Way.claims(), "way", "right_taken")
	need(t.PriceFen > 0 || t.RoyaltyBP > 0 || t.Way == Joint, "priceFen", "required")
	need(t.RoyaltyBP >= 0 && t.RoyaltyBP <= whole, "royaltyBp", "out_of_range")
	need(!t.Way.priced() || t.Basis != "", "basis", "required")
	need(t.Way != TrialFirst || t.TrialDays >= 1 && t.TrialDays <= s.TrialDays, "trialDays", "out_of_range")
	need(t.Way != PayLater || t.PayAfter >= 1, "payAfterDays", "required")
	need(!t.Related || t.RelatedNote != "", "relatedNote", "required")
	sum := 0
	for i, share := range t.Split {
		need(share.BP > 0, fmt.Sprintf("split[%d].bp", i), "too_small")
		sum += share.BP
	}
	need(len(t.Split) == 0 || sum == whole, "split", "shares_sum")
	need(!t.Way.priced() || len(t.Split) > 0, "split", "required") // the notice must name it
	need(len(t.Split) == 0 || inventors(t.Split) >= s.InventorShareBP, "split", "inventors_too_small")
	if len(f) > 0 {
		return fault.Bad(f...)
	}
	t.Version = 1
	if d.Terms != nil {
		t.Version = d.Terms.Version + 1
	}
	d.Terms = &t
	to := OnTerms
	if t.Way.priced() {
		to = Pricing
	}
	d.record(ProposeDealTerms, by, now, to, "")
	return nil
}

func inventors(split []Share) (bp int) {
	for _, s := range split {
		if s.Who == "inventors" {
			bp += s.BP
		}
	}
	return bp
}

// Claim is the hold the agreed terms need, if any.
func (d *Deal) Claim(dealID string) (Hold, bool) {
	return Hold{DealID: dealID, OrgID: d.FirmID, Way: d.Terms.Way, Exclusive: d.Terms.Exclusive}, d.Terms.Way.claims()
}

// Agree is the firm's yes to one version of the terms, with its own declaration of relation; the deal goes on by its way's chain.
// The hold is taken before, in the achievement's document.
func (d *Deal) Agree(by By, now time.Time, version int, related bool, note string) error {
	if err := d.Agreeable(by, version); err != nil {
		return err
	}
	if related && strings.TrimSpace(note) == "" {
		return fault.Bad(fault.Field{Path: "relatedNote", Code: "required"})
	}
	d.FirmRelated, d.FirmNote, d.AgreedAt = related, note, when.At(now)
	to := ToContract
	switch {
	case d.Terms.Way.priced():
		to = InternalApproval
	case d.Terms.Way == TrialFirst:
		to = Trial
		d.Trial = &Tried{StartsAt: when.At(now), EndsAt: when.At(now.Add(time.Duration(d.Terms.TrialDays) * 24 * time.Hour))}
	}
	d.record(AgreeDealTerms, by, now, to, "")
	return nil
}

// Agreeable is what Agree asks before the hold is taken.
func (d *Deal) Agreeable(by By, version int) error {
	if err := d.May(AgreeDealTerms, by.Role); err != nil {
		return err
	}
	if d.Follow.any() { // the hold of an earlier agreement is still being given back
		return fault.New(fault.Conflict, "deal.busy", "an earlier step is being finished; try again in a moment")
	}
	if d.Terms.Version != version {
		return fault.New(fault.Conflict, "deal.terms_changed", "the terms were changed; read them again")
	}
	return nil
}

// Approve is the university's internal approval; the public notice begins.
func (d *Deal) Approve(by By, now time.Time, note string, s Settings) error {
	if err := d.May(ApproveDeal, by.Role); err != nil {
		return err
	}
	if err := needReason(note); err != nil {
		return fault.Bad(fault.Field{Path: "note", Code: "required"})
	}
	days := s.AgreementNoticeDays
	if d.Terms.Method != Agreement {
		days = s.ListingNoticeDays
	}
	round := 1
	if d.Notice != nil {
		round = d.Notice.Round + 1
	}
	d.Approval = note
	d.Notice = &Stand{Days: days, OpenedAt: when.At(now), Round: round}
	d.Follow.PutNotice = true
	d.record(ApproveDeal, by, now, PublicNotice, note)
	return nil
}

// Refuse sends it back to the talks; the achievement is free again.
func (d *Deal) Refuse(by By, now time.Time, reason string) error {
	if err := d.May(RefuseDeal, by.Role); err != nil {
		return err
	}
	if err := needReason(reason); err != nil {
		return err
	}
	d.Reason, d.AgreedAt, d.Follow.Release = reason, 0, true
	d.record(RefuseDeal, by, now, Talks, reason)
	return nil
}

// EndNotice goes on to the contract once the notice has stood its days.
func (d *Deal) EndNotice(now time.Time) error {
	if err := d.May(NoticeEnded, Clock); err != nil {
		return err
	}
	if err := d.Notice.End(now); err != nil {
		return err
	}
	d.record(NoticeEnded, By{Role: Clock}, now, ToContract, "")
	return nil
}

// StopNotice sends it back to the talks: an objection was upheld.
func (d *Deal) StopNotice(now time.Time, reason string) error {
	if err := d.May(NoticeStopped, Clock); err != nil {
		return err
	}
	d.Notice.EndedAt = when.At(now)
	d.Reason, d.AgreedAt, d.Follow = reason, 0, Follow{Release: true}
	d.record(NoticeStopped, By{Role: Clock}, now, Talks, reason)
	return nil
}

// ReportTrial ends a free trial: satisfied, it goes on to the transfer on the terms agreed before; else it ends.
func (d *Deal) ReportTrial(by By, now time.Time, satisfied bool, report string) error {
	if err := d.May(ConcludeTrial, by.Role); err != nil {
		return err
	}
	if err := needReason(report); err != nil {
		return fault.Bad(fault.Field{Path: "report", Code: "required"})
	}
	d.Trial.Satisfied, d.Trial.Report, d.Trial.At = satisfied, report, when.At(now)
	to := ToContract
	if !satisfied {
		to, d.Reason, d.Follow.Release = Cancelled, report, true
	}
	d.record(ConcludeTrial, by, now, to, report)
	return nil
}

// Sign is one side's signature. The university's names the contract's number and, of a listing or an auction, the price it fetched.
func (d *Deal) Sign(by By, now time.Time, number string, priceFen int64) error {
	if err := d.May(SignDeal, by.Role); err != nil {
		return err
	}
	if d.Follow.Licence {
		return fault.New(fault.Conflict, "deal.wrong_state", "an open licence signs itself")
	}
	if d.Contract == nil {
		d.Contract = &Contract{Kind: d.Terms.Way.contractOf(), PriceFen: d.Terms.PriceFen, RoyaltyBP: d.Terms.RoyaltyBP}
	}
	c := d.Contract
	if by.Role == Firm {
		if c.SellerAt == 0 {
			return fault.New(fault.Conflict, "deal.seller_first", "the university signs first, with number and price")
		}
		c.FirmAt = when.At(now)
	} else {
		if strings.TrimSpace(number) == "" {
			return fault.Bad(fault.Field{Path: "number", Code: "required"})
		}
		c.Number = number
		if d.Terms.Method == Listing || d.Terms.Method == Auction {
			if priceFen < d.Terms.PriceFen {
				return fault.Bad(fault.Field{Path: "priceFen", Code: "below_reserve"})
			}
			c.PriceFen = priceFen
		}
		c.SellerAt = when.At(now)
	}
	to := ToContract
	if c.SellerAt != 0 && c.FirmAt != 0 {
		c.SignedAt, to = when.At(now), Signed
		d.Follow.Settle, d.Follow.Tell = d.Terms.Way.claims(), d.Terms.Exclusive
	}
	d.record(SignDeal, by, now, to, "")
	return nil
}

// Grant signs an open licence whose place in the achievement's record is taken.
func (d *Deal) Grant(now time.Time) error {
	if err := d.May(GrantLicence, Clock); err != nil {
		return err
	}
	d.Contract.SignedAt = when.At(now)
	d.Contract.Number = d.Certificate
	d.Follow = Follow{Settle: true}
	d.record(GrantLicence, By{Role: Clock}, now, Signed, "")
	return nil
}

// Lapse ends an open licence that came too late.
func (d *Deal) Lapse(now time.Time, reason string) error {
	if err := d.May(GrantLicence, Clock); err != nil {
		return err
	}
	d.Reason, d.Follow = reason, Follow{Release: true}
	d.record(GrantLicence, By{Role: Clock}, now, Cancelled, reason)
	return nil
}

// Register records the registration (技术合同认定登记): by the seller, once.
func (d *Deal) Register(by By, now time.Time, number string) error {
	if err := d.May(RegisterDeal, by.Role); err != nil {
		return err
	}
	number = strings.TrimSpace(number)
	if number == "" {
		return fault.Bad(fault.Field{Path: "number", Code: "required"})
	}
	d.Registration, d.RegistrationKey = number, "number:"+number
	d.record(RegisterDeal, by, now, Registered, "")
	return nil
}

// maxPayments bounds the ledger of one deal.
const maxPayments = 200

// Pay records money that changed hands.
func (d *Deal) Pay(by By, now time.Time, p Payment) error {
	if err := d.May(RecordPayment, by.Role); err != nil {
		return err
	}
	if p.AmountFen <= 0 {
		return fault.Bad(fault.Field{Path: "amountFen", Code: "too_small"})
	}
	if p.PaidOn == "" || p.PaidOn > when.DayOf(now) {
		return fault.Bad(fault.Field{Path: "paidOn", Code: "out_of_range"})
	}
	if p.Kind == "royalty" && d.Contract.RoyaltyBP == 0 {
		return fault.Bad(fault.Field{Path: "kind", Code: "no_royalty", Detail: "the contract has none"})
	}
	if p.Kind == "royalty" && p.Basis == "" {
		return fault.Bad(fault.Field{Path: "basis", Code: "required"})
	}
	if len(d.Payments) >= maxPayments {
		return fault.Newf(fault.Conflict, "deal.full", "at most %d payments", maxPayments)
	}
	p.Number, p.By, p.Confirmed, p.At = len(d.Payments)+1, by.Role, by.Role == Office, when.At(now)
	d.Payments = append(d.Payments, p)
	d.record(RecordPayment, by, now, d.State, "")
	return nil
}

// Confirm is the university's word that a payment came in.
func (d *Deal) Confirm(by By, now time.Time, number int) error {
	if err := d.May(ConfirmPayment, by.Role); err != nil {
		return err
	}
	if number < 1 || number > len(d.Payments) {
		return fault.New(fault.NotFound, "", "there is no such payment")
	}
	d.Payments[number-1].Confirmed = true
	d.record(ConfirmPayment, by, now, d.State, "")
	return nil
}

// Received is what came in and was confirmed; Divided is what of it was split.
func (d *Deal) Received() (fen int64) {
	for _, p := range d.Payments {
		if p.Confirmed {
			fen += p.AmountFen
		}
	}
	return fen
}

// Paid is what was recorded by either side.
func (d *Deal) Paid() (fen int64) {
	for _, p := range d.Payments {
		fen += p.AmountFen
	}
	return fen
}

// Divided is the income that was split so far.
func (d *Deal) Divided() (fen int64) {
	for _, s := range d.Splits {
		fen += s.AmountFen
	}
	return fen
}

// Divide splits income among shares of 10,000 basis points in all: each line is rounded down and what is left over, less than one fen
// a line, goes to the largest remainders, so that the lines sum to the amount exactly.
func (d *Deal) Divide(by By, now time.Time, amountFen int64, shares []Share, note string, s Settings) error {
	if err := d.May(SplitIncome, by.Role); err != nil {
		return err
	}
	if amountFen <= 0 || amountFen > d.Received()-d.Divided() {
		return fault.Bad(fault.Field{Path: "amountFen", Code: "out_of_range", Detail: "at most what came in and is not split yet"})
	}
	sum := 0
	for _, share := range shares {
		if share.BP <= 0 {
			return fault.Bad(fault.Field{Path: "shares", Code: "too_small"})
		}
		sum += share.BP
	}
	if sum != whole {
		return fault.Bad(fault.Field{Path: "shares", Code: "shares_sum"})
	}
	if inventors(shares) < s.InventorShareBP {
		return fault.Bad(fault.Field{Path: "shares", Code: "inventors_too_small"})
	}
	d.Splits = append(d.Splits, Split{AmountFen: amountFen, Parts: divide(amountFen, shares), Note: note, At: when.At(now)})
	d.record(SplitIncome, by, now, d.State, note)
	return nil
}

func divide(fen int64, shares []Share) []Part {
	parts, rest := make([]Part, len(shares)), fen
	order := make([]int, len(shares))
	remainder := make([]int64, len(shares))
	for i, s := range shares {
		// In two steps, so that no amount of money overflows.
		amount := fen/whole*int64(s.BP) + fen%whole*int64(s.BP)/whole
		remainder[i] = fen % whole * int64(s.BP) % whole
		parts[i] = Part{Who: s.Who, Name: s.Name, AmountFen: amount}
		rest -= amount
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return int(remainder[b] - remainder[a]) })
	for i := 0; rest > 0; i++ {
		parts[order[i%len(order)]].AmountFen++
		rest--
	}
	return parts
}

// Fulfil ends it well, with what came of it.
func (d *Deal) Fulfil(by By, now time.Time, o Outcome) error {
	if err := d.May(FulfilDeal, by.Role); err != nil {
		return err
	}
	if err := needReason(o.Text); err != nil {
		return fault.Bad(fault.Field{Path: "text", Code: "required"})
	}
	o.At = when.At(now)
	d.Outcome = &o
	d.record(FulfilDeal, by, now, Fulfilled, "")
	return nil
}

// Gap is how many readiness levels the achievement lacks for this firm; 0 when either is unknown or nothing lacks.
func (d *Deal) Gap() int { return gap(d.TRL, d.Interest.RequiredTRL) }

func gap(has, needs int) int {
	if has == 0 || needs == 0 {
		return 0
	}
	return max(0, needs-has)
}

// bridges reports whether the way leads over a gap of more than two levels of readiness, so that it may be agreed on though the achievement
// does not name it: pay once it works, or develop it on together.
func (w Way) bridges(gap int) bool { return gap > 2 && (w == PayLater || w == Joint) }
