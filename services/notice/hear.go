package notice

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// What is announced without being asked: what other services say has been decided or published. Why a provider was taken out is said to
// the provider, not here.
const (
	awardPublished     = "award.published"
	issuePublished     = "issue.published"
	evaluationAwarded  = "evaluation.awarded"
	providerSuspended  = "provider.suspended"
	providerReinstated = "provider.reinstated"
	providerRemoved    = "provider.removed"
	appealDecided      = "provider.appeal_decided"
	titleListEntered   = "title_list.entered"
)

// Demands answers whether anybody may read a demand. Errors: Unavailable.
type Demands interface {
	Public(ctx context.Context, demandID string) (bool, error)
}

// said is what an event tells, as far as it is announced.
type said struct {
	Params struct {
		DemandID string   `json:"demandId"`
		Title    string   `json:"title"`
		Code     string   `json:"code"`
		Note     string   `json:"note"`
		Winners  []string `json:"winners"`
		Round    int      `json:"round"` // of the notice that ended; a demand can be awarded again
		Year     int      `json:"year"`
		OrgName  string   `json:"orgName"`
		Number   string   `json:"number"`
		Restored bool     `json:"restored"` // an appeal brought a provider back
		Kind     string   `json:"kind"`     // of a title, in words
		Batch    string   `json:"batch"`
		Issuer   string   `json:"issuer"`
		Titles   int      `json:"titles"` // that were entered
	} `json:"params"`
	Link string `json:"link"`
}

// announcers write the announcement that follows an event, by the event's kind; none when it is nothing for the public.
var announcers = map[string]func(docstore.Event, said) (n Notice, told bool){
	awardPublished:     ofAward,
	issuePublished:     ofIssue,
	evaluationAwarded:  ofEvaluation,
	providerSuspended:  ofProvider("suspension", "暂停展示", "在暂停期间不对外展示。该机构可以申诉。"),
	providerReinstated: ofProvider("reinstatement", "恢复在库", "即日起恢复对外展示。"),
	providerRemoved:    ofProvider("removal", "出库", "即日起不再列入服务机构资源池，不再以入库机构名义开展服务。该机构可以申诉。"),
	appealDecided: func(e docstore.Event, s said) (Notice, bool) {
		n, told := ofProvider("reinstatement", "恢复在库", "经申诉复核，原决定撤回，即日起恢复对外展示。")(e, s)
		return n, told && s.Params.Restored
	},
	titleListEntered: ofTitleList,
}

// Receive takes an event of another service; the same event again changes nothing, and kinds that are not announced are passed over.
// Errors: Invalid "event_malformed".
func (s *Service) Receive(ctx context.Context, e docstore.Event) error {
	announcer, known := announcers[e.Kind]
	if !known {
		return nil
	}
	var what said
	if err := json.Unmarshal(e.Data, &what); err != nil {
		return fault.Wrap(err, fault.Invalid, "event_malformed", "the event's data cannot be read")
	}
	n, told := announcer(e, what)
	if !told {
		return nil
	}
	if e.Kind == awardPublished {
		if public, err := s.o.Demands.Public(ctx, what.Params.DemandID); err != nil || !public {
			return err
		}
	}
	n.Audience = Audience{Public: true}
	_, err := s.put(ctx, announcementID(n.Key.ID()), Announce(n, s.now()))
	return err
}

func ofAward(_ docstore.Event, s said) (Notice, bool) {
	p := s.Params
	return Notice{Key: Key{Service: "demand", Kind: "award", SubjectID: p.DemandID, Round: max(p.Round, 1)}, Title: strings.TrimSpace(p.Code+" "+p.Title) + " 定榜公告",
		Summary: "公示期满，定榜结果生效。", Lines: p.Winners, Link: s.Link}, true
}

func ofIssue(e docstore.Event, s said) (Notice, bool) {
	return Notice{Key: Key{Service: "demand", Kind: "issue", SubjectID: e.DocumentID, Round: 1}, Title: s.Params.Title, Summary: s.Params.Note, Link: s.Link}, true
}

func ofEvaluation(e docstore.Event, s said) (Notice, bool) {
	return Notice{Key: Key{Service: "provider", Kind: "evaluation", SubjectID: e.DocumentID, Round: max(s.Params.Round, 1)},
		Title: fmt.Sprintf("%d年度优质服务机构评选结果公告", s.Params.Year), Summary: "公示期满，评选结果生效。", Lines: s.Params.Winners, Link: s.Link}, true
}

// ofProvider announces a change of a provider's standing in the pool. It may come again, so each has the number of the change it follows.
func ofProvider(kind, what, text string) func(docstore.Event, said) (Notice, bool) {
	return func(e docstore.Event, s said) (Notice, bool) {
		name := s.Params.OrgName
		if s.Params.Number != "" {
			name += "（" + s.Params.Number + "）"
		}
		return Notice{Key: Key{Service: "provider", Kind: kind, SubjectID: e.DocumentID, Round: int(e.Rev)}, Title: "关于" + s.Params.OrgName + what + "的公告",
			Summary: name + text}, true
	}
}

// ofTitleList announces a list of titles that gave at least one title: the same list again gives none.
func ofTitleList(e docstore.Event, s said) (Notice, bool) {
	p := s.Params
	title := p.Kind
	if title == "" {
		title = "企业称号"
	}
	summary := fmt.Sprintf("名单所列 %d 项称号已记入企业档案，在各企业公开页可查。", p.Titles)
	if p.Issuer != "" {
		summary = "认定单位：" + p.Issuer + "。" + summary
	}
	return Notice{Key: Key{Service: "account", Kind: "title", SubjectID: e.DocumentID, Round: 1}, Title: strings.TrimSpace(p.Batch+" "+title) + "名单公告", Summary: summary}, p.Titles > 0
}
