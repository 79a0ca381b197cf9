package api

import (
	"context"
	"net/http"
	"strings"

	"lianbang/services/platform/access"
	"lianbang/services/platform/rest"
)

// Looks keeps who was shown whose contact, before it is shown. A contact is shown to the owner itself without a word, to the other side of a
// dealing and to the authority with one, and masked to everybody else.
type Looks struct {
	client *ClientWithResponses
}

// NewLooks records through the account service, reached by peers.
func NewLooks(peers *http.Client) (*Looks, error) {
	c, err := NewClientWithResponses("http://account", WithHTTPClient(peers))
	return &Looks{client: c}, err
}

// Record notes that the context's actor is about to be shown a contact of owner. Its own organisation's needs no note. When it fails the
// contact must not be shown. A nil Looks notes nothing.
func (l *Looks) Record(ctx context.Context, kind ContactLookKind, subjectID, ownerOrgID string) error {
	a := access.From(ctx)
	if l == nil || a.UserID == "" || ownerOrgID == "" || a.OrgID == ownerOrgID {
		return nil
	}
	answer, err := l.client.RecordContactLooksInternalWithResponse(ctx, RecordContactLooksInternalJSONRequestBody{Items: []ContactLookInput{
		{OwnerOrgId: ownerOrgID, UserId: a.UserID, OrgId: a.OrgID, Staff: string(a.Staff), Kind: kind, SubjectId: subjectID}}})
	if err != nil {
		return rest.Away("account", err)
	}
	return rest.PeerError("account", answer.StatusCode(), answer.Body)
}

// MaskPhone hides the middle of a number: 138****0001, 0574****1234.
func MaskPhone(phone string) string {
	switch n := len(phone); {
	case n == 0:
		return ""
	case n < 8:
		return "****"
	default:
		return phone[:3] + "****" + phone[n-4:]
	}
}

// MaskEmail hides the name of an address but for its first letter.
func MaskEmail(address string) string {
	name, domain, ok := strings.Cut(address, "@")
	if !ok || name == "" {
		return ""
	}
	return string([]rune(name)[:1]) + "***@" + domain
}
