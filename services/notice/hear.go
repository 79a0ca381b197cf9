package notice

import (
	"context"
	"encoding/json"
	"strings"

	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
)

// What is announced without being asked: results and catalogues of the demand service, when it says that they are published.
const (
	awardPublished = "award.published"
	issuePublished = "issue.published"
)

// Demands answers whether anybody may read a demand. Errors: Unavailable.
type Demands interface {
	Public(ctx context.Context, demandID string) (bool, error)
}

// Receive takes an event of another service; the same event again changes nothing, and kinds that are not announced are passed over.
// Errors: Invalid "event_malformed".
func (s *Service) Receive(ctx context.Context, e docstore.Event) error {
	if e.Kind != awardPublished && e.Kind != issuePublished {
		return nil
	}
	var said struct {
		Params struct {
			DemandID string   `json:"demandId"`
			Title    string   `json:"title"`
			Code     string   `json:"code"`
			Note     string   `json:"note"`
			Winners  []string `json:"winners"`
			Round    int      `json:"round"` // of the notice that ended; a demand can be awarded again
		} `json:"params"`
		Link string `json:"link"`
	}
	if err := json.Unmarshal(e.Data, &said); err != nil {
		return fault.Wrap(err, fault.Invalid, "event_malformed", "the event's data cannot be read")
	}
	p := said.Params
	n := Notice{Key: Key{Service: "demand", Kind: "issue", SubjectID: e.DocumentID, Round: 1}, Title: p.Title, Summary: p.Note, Link: said.Link,
		Audience: Audience{Public: true}}
	if e.Kind == awardPublished {
		public, err := s.o.Demands.Public(ctx, p.DemandID)
		if err != nil || !public {
			return err
		}
		n.Key.Kind, n.Key.SubjectID, n.Key.Round = "award", p.DemandID, max(p.Round, 1)
		n.Title = strings.TrimSpace(p.Code+" "+p.Title) + " 定榜公告"
		n.Summary = "公示期满，定榜结果生效。"
		n.Lines = p.Winners
	}
	_, err := s.put(ctx, announcementID(n.Key.ID()), Announce(n, s.now()))
	return err
}
