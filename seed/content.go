package seed

import (
	"embed"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
)

// The content is our own writing. Every organisation, person, figure and dealing in it is invented, and so is the city.
//
//go:embed content/*.json
var files embed.FS

// organisation is one firm, university or provider of the demo. Amounts are in 万元; a university has no size.
type organisation struct {
	Key         string            `json:"key"`
	Name        string            `json:"name"`
	Capacities  []string          `json:"capacities"`
	District    string            `json:"district"`
	Chains      []string          `json:"chains"`
	Industry    string            `json:"industry"` // GB/T 4754
	Size        string            `json:"size"`
	Employees   int               `json:"employees"`
	RevenueWan  int64             `json:"revenueWan"`
	AssetsWan   int64             `json:"assetsWan"`
	Founded     string            `json:"founded"`
	Contact     string            `json:"contact"`
	Titles      []string          `json:"titles"`
	Products    []string          `json:"products"`
	Summary     string            `json:"summary"`
	Facts       map[string]string `json:"facts"`
	State       string            `json:"state"` // where its verification ends: registered, submitted, returned or verified
	number      int               // from 1, in the order of the file
	universitas bool
}

// story is one demand and how far it gets. Days count from the beginning.
type story struct {
	Key          string   `json:"key"`
	Issuer       string   `json:"issuer"`
	Kind         string   `json:"kind"`
	Chain        string   `json:"chain"`
	Industry     string   `json:"industry"`
	Title        string   `json:"title"`
	Brief        string   `json:"brief"`
	Background   string   `json:"background"`
	Difficulty   string   `json:"difficulty"`
	Content      string   `json:"content"`
	Targets      []string `json:"targets"`
	BudgetWan    int64    `json:"budgetWan"` // 0 is 面议
	Months       int      `json:"months"`
	Ways         []string `json:"ways"`
	IP           string   `json:"ip"`
	Conditions   string   `json:"conditions"`
	Audience     []string `json:"audience"` // keys; when there are any the demand is not public
	HiddenIssuer bool     `json:"hiddenIssuer"`
	Outcome      string   `json:"outcome"`     // see the timetable
	Day          int      `json:"day"`         // when the draft is made
	Left         int      `json:"left"`        // for an open demand: days from now to its deadline
	Reason       string   `json:"reason"`      // of a return, a rejection or an early end
	Bids         []offer  `json:"bids"`        // the winner first, where there is one
	Achievement  string   `json:"achievement"` // key of the achievement it starts from (订单式研发), if any
}

// offer is one bid. Scores follow the four default criteria.
type offer struct {
	Org         string   `json:"org"`
	PriceWan    int64    `json:"priceWan"`
	Months      int      `json:"months"`
	Plan        string   `json:"plan"`
	Scores      []int    `json:"scores"`
	Why         string   `json:"why"`    // why it won or lost
	Formal      string   `json:"formal"` // "" passes; fail, correction (still running), corrected
	Missing     []string `json:"missing"`
	Achievement string   `json:"achievement"` // key of the bidder's own that it bids with, if any
}

type content struct {
	orgs         []*organisation
	byKey        map[string]*organisation
	stories      []*story
	dealings     []*dealing
	capabilities []*capability
	achievements achievements
	pool         []*pooled
	phrases      struct {
		Score map[string]map[string][]string `json:"score"` // criterion → band → reasons
		Team  []string                       `json:"team"`
	}
}

func read() (*content, error) {
	c := &content{byKey: map[string]*organisation{}}
	for name, into := range map[string]any{"organisations": &c.orgs, "demands": &c.stories, "kinds": &c.dealings, "capabilities": &c.capabilities, "achievements": &c.achievements, "providers": &c.pool, "phrases": &c.phrases} {
		b, err := files.ReadFile("content/" + name + ".json")
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(b, into); err != nil {
			return nil, fmt.Errorf("seed: %s.json: %w", name, err)
		}
	}
	for _, p := range c.pool { // after the others, whose numbers are their phones
		if p.Organisation != nil {
			c.orgs = append(c.orgs, p.Organisation)
		}
	}
	for i, o := range c.orgs {
		o.number = i + 1
		for _, k := range o.Capacities {
			o.universitas = o.universitas || k == "university"
		}
		c.byKey[o.Key] = o
	}
	return c, nil
}

// shorten keeps the first story of each outcome, and the organisations that appear in one or have a demo account.
func (c *content) shorten() {
	outcomes, seen := map[string]bool{}, map[string]bool{}
	c.stories = slices.DeleteFunc(c.stories, func(s *story) bool {
		again := outcomes[s.Outcome]
		outcomes[s.Outcome] = true
		if !again {
			seen[s.Issuer] = true
			for _, o := range s.Bids {
				seen[o.Org] = true
			}
		}
		return again
	})
	for _, a := range accounts {
		seen[a.org] = true
	}
	for _, p := range c.pool { // one that is in the pool is enough
		if p.Outcome == "admitted" {
			seen[p.Key] = true
			break
		}
	}
	c.orgs = slices.DeleteFunc(c.orgs, func(o *organisation) bool { return !seen[o.Key] })
}

// phone is a demo person's number. No range of Chinese mobile numbers is set aside for examples; these begin with 1990000, and demo
// text messages go nowhere but into files.
func phone(n int) string { return fmt.Sprintf("1990000%04d", n) }

// phone of the organisation's owner; operators have the numbers below 100.
func (o *organisation) phone() string { return phone(100 + o.number) }

// creditCode is a unified social credit code with a right check character that no authority ever issued: there is no
// administrative division 000000, and the body spells DEMA0.
func (o *organisation) creditCode() string {
	kind := "91"
	if o.universitas {
		kind = "12"
	}
	body := fmt.Sprintf("%s000000DEMA0%04d", kind, o.number)
	return body + string(checkCharacter(body))
}

// checkCharacter is GB 32100-2015's.
func checkCharacter(body string) byte {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	sum, weight := 0, 1
	for i := range len(body) {
		sum += strings.IndexByte(alphabet, body[i]) * weight
		weight = weight * 3 % 31
	}
	return alphabet[(31-sum%31)%31]
}

// pick chooses one of some phrases, always the same for the same words.
func pick(phrases []string, words ...string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(strings.Join(words, "\x00")))
	return phrases[int(h.Sum32()%uint32(len(phrases)))]
}

// criteria are the keys of the city's default criteria, in their order.
var criteria = []string{"team", "rnd", "plan", "fit"}

// scoreReason says why a criterion got its score.
func (c *content) scoreReason(s *story, o offer, k int) string {
	band := "poor"
	switch score := o.Scores[k]; {
	case score >= 85:
		band = "high"
	case score >= 75:
		band = "mid"
	case score >= 65:
		band = "low"
	}
	return pick(c.phrases.Score[criteria[k]][band], s.Key, o.Org, criteria[k])
}

// team writes who will do the work.
func (c *content) team(s *story, o offer) string {
	n := 6 + (len(s.Key)+len(o.Org)+o.Months)%7
	return strings.NewReplacer("{n}", fmt.Sprint(n), "{s}", fmt.Sprint(n/3)).Replace(pick(c.phrases.Team, s.Key, o.Org))
}

// schedule writes the work's three stages.
func (o offer) schedule() string {
	first, second := max(1, o.Months/4), max(2, o.Months*2/3)
	return fmt.Sprintf("第1—%d月：方案、仿真与试验设计，提交评审；第%d—%d月：样件试制与台架试验，两轮迭代；第%d—%d月：批量或现场验证、资料移交与验收。",
		first, first+1, second, second+1, max(o.Months, second+1))
}
