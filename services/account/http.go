package account

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"time"

	"github.com/gofiber/fiber/v2"

	"lianbang/services/account/api"
	"lianbang/services/platform/access"
	"lianbang/services/platform/audit"
	"lianbang/services/platform/blob"
	"lianbang/services/platform/docstore"
	"lianbang/services/platform/fault"
	"lianbang/services/platform/rest"
	"lianbang/services/platform/when"
)

// server is the generated interface over Service.
type server struct {
	s      *Service
	secure bool   // the product is reached over https, so cookies are for https alone
	host   string // of the public address, "" when it is not known
}

var _ api.StrictServerInterface = (*server)(nil)

const refreshCookie = "lb_refresh"

// cookie is the refresh cookie: scripts cannot read it, other sites cannot send it, and it travels to the sign-in paths alone. An empty
// value takes it away.
func (h *server) cookie(value string) string {
	c := http.Cookie{Name: refreshCookie, Value: value, Path: "/api/v1/auth", MaxAge: int(SessionIdle / time.Second), HttpOnly: true,
		Secure: h.secure, SameSite: http.SameSiteStrictMode}
	if value == "" {
		c.MaxAge = -1
	}
	return c.String()
}

// sameSite refuses a request that another site's page caused. Browsers say so in Sec-Fetch-Site, older ones name the page's Origin;
// programs say neither, and hold no cookie they were not given.
func (h *server) sameSite(c *fiber.Ctx, next fiber.Handler) error {
	path := c.Route().Path
	switch path {
	case "/api/v1/auth/refresh", "/api/v1/auth/sign-out", "/api/v1/auth/identity/finish", "/api/v1/auth/identity/link":
	default:
		return next(c)
	}
	crossSite := fault.New(fault.Forbidden, "auth.cross_site", "this request came from another site's page")
	if site := c.Get("Sec-Fetch-Site"); site != "" {
		if site != "same-origin" && site != "none" {
			return crossSite
		}
		return next(c)
	}
	if origin := c.Get(fiber.HeaderOrigin); origin != "" {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Host != h.host && u.Host != c.Hostname() && u.Host != c.Get(fiber.HeaderXForwardedHost) {
			return crossSite
		}
	}
	return next(c)
}

func (h *server) started(s Started) api.SessionStartedJSONResponse {
	return api.SessionStartedJSONResponse{Body: sessionView(s), Headers: api.SessionStartedResponseHeaders{SetCookie: h.cookie(s.Refresh)}}
}

func (h *server) GetJWKS(context.Context, api.GetJWKSRequestObject) (api.GetJWKSResponseObject, error) {
	set := api.GetJWKS200JSONResponse{}
	for _, k := range access.Publish(h.s.keys...).Keys {
		set.Keys = append(set.Keys, api.JWK{Kty: k.Kty, Crv: k.Crv, Kid: k.Kid, Use: k.Use, Alg: k.Alg, X: k.X})
	}
	return set, nil
}

func (h *server) SignUp(ctx context.Context, r api.SignUpRequestObject) (api.SignUpResponseObject, error) {
	in := NewSignUp{Phone: r.Body.Phone, Email: r.Body.Email, Name: r.Body.Name, Password: r.Body.Password, CodeID: r.Body.CodeId, Code: r.Body.Code}
	if r.Body.Organisation.Name != "" {
		p, facts := profileOf(r.Body.Organisation)
		in.Organisation, in.Facts = &p, facts
	}
	s, err := h.s.SignUp(ctx, in)
	if err != nil {
		return nil, err
	}
	return api.SignUp201JSONResponse{SessionStartedJSONResponse: h.started(s)}, nil
}

func (h *server) SignIn(ctx context.Context, r api.SignInRequestObject) (api.SignInResponseObject, error) {
	s, err := h.s.SignIn(ctx, r.Body.Login, r.Body.Password)
	if err != nil {
		return nil, err
	}
	return api.SignIn200JSONResponse{SessionStartedJSONResponse: h.started(s)}, nil
}

func (h *server) RequestPhoneCode(ctx context.Context, r api.RequestPhoneCodeRequestObject) (api.RequestPhoneCodeResponseObject, error) {
	c, err := h.s.RequestPhoneCode(ctx, r.Body.Phone)
	return api.RequestPhoneCode202JSONResponse{CodeId: c.ID, ExpiresAt: c.Expires, NextAt: c.Again}, err
}

func (h *server) SignInByCode(ctx context.Context, r api.SignInByCodeRequestObject) (api.SignInByCodeResponseObject, error) {
	s, err := h.s.SignInByCode(ctx, r.Body.Phone, r.Body.CodeId, r.Body.Code)
	if err != nil {
		return nil, err
	}
	return api.SignInByCode200JSONResponse{SessionStartedJSONResponse: h.started(s)}, nil
}

const identityCookie = "lb_identity"

// kept is the cookie of a sign-in under way at the identity provider.
func (h *server) kept(value string) string {
	c := http.Cookie{Name: identityCookie, Value: value, Path: "/api/v1/auth/identity", MaxAge: int(linkLife / time.Second), HttpOnly: true,
		Secure: h.secure, SameSite: http.SameSiteStrictMode}
	return c.String()
}

func (h *server) GetIdentityProvider(context.Context, api.GetIdentityProviderRequestObject) (api.GetIdentityProviderResponseObject, error) {
	if h.s.provider == nil {
		return api.GetIdentityProvider200JSONResponse{}, nil
	}
	return api.GetIdentityProvider200JSONResponse{Name: h.s.provider.name}, nil
}

func (h *server) BeginIdentity(ctx context.Context, _ api.BeginIdentityRequestObject) (api.BeginIdentityResponseObject, error) {
	address, cookie, err := h.s.BeginIdentity(ctx)
	return api.BeginIdentity200JSONResponse{Body: api.IdentityBegun{Address: address}, Headers: api.BeginIdentity200ResponseHeaders{SetCookie: h.kept(cookie)}}, err
}

func (h *server) FinishIdentity(ctx context.Context, r api.FinishIdentityRequestObject) (api.FinishIdentityResponseObject, error) {
	started, cookie, err := h.s.FinishIdentity(ctx, r.Body.State, r.Body.Code, r.Params.LbIdentity)
	if err != nil {
		return nil, err
	}
	if started == nil {
		return api.FinishIdentity200JSONResponse{Body: api.IdentityFinished{LinkFirst: true}, Headers: api.FinishIdentity200ResponseHeaders{SetCookie: h.kept(cookie)}}, nil
	}
	return api.FinishIdentity200JSONResponse{Body: api.IdentityFinished{Session: sessionView(*started)}, Headers: api.FinishIdentity200ResponseHeaders{SetCookie: h.cookie(started.Refresh)}}, nil
}

func (h *server) LinkIdentity(ctx context.Context, r api.LinkIdentityRequestObject) (api.LinkIdentityResponseObject, error) {
	return api.LinkIdentity204Response{}, h.s.LinkIdentity(ctx, r.Params.LbIdentity)
}

func (h *server) RefreshSession(ctx context.Context, r api.RefreshSessionRequestObject) (api.RefreshSessionResponseObject, error) {
	s, err := h.s.RefreshSession(ctx, r.Params.LbRefresh)
	if err != nil {
		return nil, err
	}
	return api.RefreshSession200JSONResponse{SessionStartedJSONResponse: h.started(s)}, nil
}

func (h *server) SignOut(ctx context.Context, r api.SignOutRequestObject) (api.SignOutResponseObject, error) {
	return api.SignOut204Response{Headers: api.SignOut204ResponseHeaders{SetCookie: h.cookie("")}}, h.s.SignOut(ctx, r.Params.LbRefresh)
}

func (h *server) SignOutEverywhere(ctx context.Context, _ api.SignOutEverywhereRequestObject) (api.SignOutEverywhereResponseObject, error) {
	return api.SignOutEverywhere204Response{Headers: api.SignOutEverywhere204ResponseHeaders{SetCookie: h.cookie("")}}, h.s.SignOutEverywhere(ctx)
}

func me(m Me, err error) (api.MeJSONResponse, error) {
	return api.MeJSONResponse{Body: meView(m), Headers: api.MeResponseHeaders{ETag: rest.ETag(m.Person.Rev)}}, err
}

func (h *server) GetMe(ctx context.Context, _ api.GetMeRequestObject) (api.GetMeResponseObject, error) {
	v, err := me(h.s.GetMe(ctx))
	return api.GetMe200JSONResponse{MeJSONResponse: v}, err
}

func (h *server) EditMe(ctx context.Context, r api.EditMeRequestObject) (api.EditMeResponseObject, error) {
	v, err := me(h.s.EditMe(ctx, r.Body.Name, r.Body.Email))
	return api.EditMe200JSONResponse{MeJSONResponse: v}, err
}

func (h *server) SwitchOrganisation(ctx context.Context, r api.SwitchOrganisationRequestObject) (api.SwitchOrganisationResponseObject, error) {
	s, err := h.s.SwitchOrganisation(ctx, r.Body.OrgId)
	if err != nil {
		return nil, err
	}
	return api.SwitchOrganisation200JSONResponse(sessionView(s)), nil
}

func (h *server) ChangePassword(ctx context.Context, r api.ChangePasswordRequestObject) (api.ChangePasswordResponseObject, error) {
	if r.Body.Code != "" {
		return api.ChangePassword204Response{}, h.s.SetPassword(ctx, r.Body.CodeId, r.Body.Code, r.Body.NewPassword)
	}
	return api.ChangePassword204Response{}, h.s.ChangePassword(ctx, r.Body.CurrentPassword, r.Body.NewPassword)
}

func (h *server) ListSessions(ctx context.Context, _ api.ListSessionsRequestObject) (api.ListSessionsResponseObject, error) {
	list, err := h.s.ListSessions(ctx)
	answer := api.ListSessions200JSONResponse{Items: []api.SessionInfo{}}
	current := access.From(ctx).SessionID
	for _, d := range list {
		s := d.Body
		answer.Items = append(answer.Items, api.SessionInfo{Id: d.ID, CreatedAt: s.Created.Time(), LastUsedAt: s.LastUsed.Time(), ExpiresAt: s.Expires.Time(),
			UserAgent: s.UserAgent, Address: s.Address, OrgId: s.OrgID, Current: d.ID == current})
	}
	return answer, err
}

func (h *server) EndSession(ctx context.Context, r api.EndSessionRequestObject) (api.EndSessionResponseObject, error) {
	return api.EndSession204Response{}, h.s.EndSession(ctx, r.SessionId)
}

func (h *server) CheckCreditCode(ctx context.Context, r api.CheckCreditCodeRequestObject) (api.CheckCreditCodeResponseObject, error) {
	typed, err := url.PathUnescape(r.CreditCode)
	if err != nil {
		typed = r.CreditCode
	}
	code, holder, problem, err := h.s.CheckCreditCode(ctx, typed)
	if err != nil {
		return nil, err
	}
	answer := api.CheckCreditCode200JSONResponse{CreditCode: code.Code, Valid: code.Valid, NeedsProof: code.NeedsProof(), Taken: holder.ID != ""}
	if holder.Body.State == Unclaimed {
		answer.UnclaimedOrgId = holder.ID
	}
	if code.NeedsProof() {
		answer.Expected = code.Expected
	}
	if f := fault.As(problem); f != nil {
		answer.Problem = api.FieldProblem{Path: f.Fields[0].Path, Code: f.Fields[0].Code, Detail: f.Fields[0].Detail}
	}
	return answer, nil
}

// organisation shows an organisation to the request's actor.
func (h *server) organisation(ctx context.Context, doc OrgDoc, err error) (api.OrganisationJSONResponse, error) {
	if err != nil {
		return api.OrganisationJSONResponse{}, err
	}
	return api.OrganisationJSONResponse{Body: organisationView(doc, access.From(ctx), h.s.now(), false),
		Headers: api.OrganisationResponseHeaders{ETag: rest.ETag(doc.Rev)}}, nil
}

func (h *server) created(ctx context.Context, doc OrgDoc) api.OrganisationCreatedJSONResponse {
	return api.OrganisationCreatedJSONResponse{Body: organisationView(doc, access.From(ctx), h.s.now(), false),
		Headers: api.OrganisationCreatedResponseHeaders{ETag: rest.ETag(doc.Rev)}}
}

func (h *server) ListOrganisations(ctx context.Context, r api.ListOrganisationsRequestObject) (api.ListOrganisationsResponseObject, error) {
	page, total, err := h.s.ListOrganisations(ctx, State(r.Params.State), r.Params.District, r.Params.Limit, r.Params.Cursor)
	answer := api.ListOrganisations200JSONResponse{Items: []api.Organisation{}, Next: page.Next, Total: total}
	for _, d := range page.Items {
		answer.Items = append(answer.Items, organisationView(d, access.From(ctx), h.s.now(), true))
	}
	return answer, err
}

func (h *server) CreateOrganisation(ctx context.Context, r api.CreateOrganisationRequestObject) (api.CreateOrganisationResponseObject, error) {
	p, facts := profileOf(*r.Body)
	doc, err := h.s.CreateOrganisation(ctx, p, facts)
	if err != nil {
		return nil, err
	}
	return api.CreateOrganisation201JSONResponse{OrganisationCreatedJSONResponse: h.created(ctx, doc)}, nil
}

func (h *server) GetOrganisation(ctx context.Context, r api.GetOrganisationRequestObject) (api.GetOrganisationResponseObject, error) {
	doc, err := h.s.GetOrganisation(ctx, r.OrgId)
	v, err := h.organisation(ctx, doc, err)
	if err == nil && doc.Body.Inside(access.From(ctx)) {
		if err = h.s.noteOfficial(ctx, doc); err != nil {
			return nil, err
		}
		v.Body.Contact = contactView(doc.Body.Profile.Contact)
	}
	return api.GetOrganisation200JSONResponse{OrganisationJSONResponse: v}, err
}

func (h *server) EditOrganisation(ctx context.Context, r api.EditOrganisationRequestObject) (api.EditOrganisationResponseObject, error) {
	p, facts := profileOf(*r.Body)
	doc, err := h.s.EditOrganisation(ctx, r.OrgId, p, facts)
	v, err := h.organisation(ctx, doc, err)
	return api.EditOrganisation200JSONResponse{OrganisationJSONResponse: v}, err
}

func (h *server) ListEvidence(ctx context.Context, r api.ListEvidenceRequestObject) (api.ListEvidenceResponseObject, error) {
	list, err := h.s.ListEvidence(ctx, r.OrgId)
	answer := api.ListEvidence200JSONResponse{Items: []api.Evidence{}}
	for _, e := range list {
		answer.Items = append(answer.Items, evidenceView(e))
	}
	return answer, err
}

// UploadEvidence reads the form as a stream: the kind first, when it is there, then the file.
func (h *server) UploadEvidence(ctx context.Context, r api.UploadEvidenceRequestObject) (api.UploadEvidenceResponseObject, error) {
	kind, name, content, err := readEvidenceForm(r.Body)
	if err != nil {
		return nil, err
	}
	e, doc, err := h.s.UploadEvidence(ctx, r.OrgId, kind, name, content)
	if err != nil {
		return nil, err
	}
	return api.UploadEvidence201JSONResponse{Body: evidenceView(e), Headers: api.UploadEvidence201ResponseHeaders{ETag: rest.ETag(doc.Rev)}}, nil
}

func readEvidenceForm(form *multipart.Reader) (kind, name string, content io.Reader, err error) {
	kind = string(api.Licence)
	missing := fault.Bad(fault.Field{Path: "file", Code: "required", Detail: "send one file as multipart/form-data"})
	if form == nil {
		return "", "", nil, missing
	}
	for range 16 {
		part, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return "", "", nil, fault.Wrap(err, fault.Invalid, "malformed", "the form cannot be read")
		}
		switch {
		case part.FormName() == "kind":
			b, err := io.ReadAll(io.LimitReader(part, 64))
			if err != nil {
				return "", "", nil, fault.Wrap(err, fault.Invalid, "malformed", "the form cannot be read")
			}
			if kind = string(b); !api.EvidenceKind(kind).Valid() {
				return "", "", nil, fault.Bad(fault.Field{Path: "kind", Code: "not_a_choice"})
			}
		case part.FormName() == "file" && part.FileName() != "":
			return kind, part.FileName(), part, nil
		}
	}
	return "", "", nil, missing
}

func (h *server) DownloadEvidence(ctx context.Context, r api.DownloadEvidenceRequestObject) (api.DownloadEvidenceResponseObject, error) {
	file, ref, err := h.s.DownloadEvidence(ctx, r.OrgId, r.EvidenceId)
	if err != nil {
		return nil, err
	}
	return evidenceFile{file, ref}, nil
}

// evidenceFile serves a file with all the headers blob asks for, as its own type told the browser not to open it.
type evidenceFile struct {
	file io.ReadSeekCloser
	ref  blob.Ref
}

// VisitDownloadEvidenceResponse implements the generated interface. The body is streamed; Fiber closes the file.
func (f evidenceFile) VisitDownloadEvidenceResponse(c *fiber.Ctx) error { return f.send(c) }

// VisitDownloadClaimEvidenceResponse does the same for a claim's file.
func (f evidenceFile) VisitDownloadClaimEvidenceResponse(c *fiber.Ctx) error { return f.send(c) }

func (f evidenceFile) send(c *fiber.Ctx) error {
	for name, value := range blob.Headers(f.ref) {
		c.Set(name, value)
	}
	c.Set(fiber.HeaderContentType, fiber.MIMEOctetStream)
	c.Status(fiber.StatusOK)
	return c.SendStream(f.file, int(f.ref.Size))
}

func (h *server) SubmitOrganisation(ctx context.Context, r api.SubmitOrganisationRequestObject) (api.SubmitOrganisationResponseObject, error) {
	doc, err := h.s.SubmitOrganisation(ctx, r.OrgId)
	v, err := h.organisation(ctx, doc, err)
	return api.SubmitOrganisation200JSONResponse{OrganisationJSONResponse: v}, err
}

func (h *server) VerifyOrganisation(ctx context.Context, r api.VerifyOrganisationRequestObject) (api.VerifyOrganisationResponseObject, error) {
	in := api.VerifyInput{}
	if r.Body != nil {
		in = *r.Body
	}
	doc, err := h.s.VerifyOrganisation(ctx, r.OrgId, in.Note, in.Proof)
	v, err := h.organisation(ctx, doc, err)
	return api.VerifyOrganisation200JSONResponse{OrganisationJSONResponse: v}, err
}

func (h *server) ReturnOrganisation(ctx context.Context, r api.ReturnOrganisationRequestObject) (api.ReturnOrganisationResponseObject, error) {
	doc, err := h.s.DecideOrganisation(ctx, r.OrgId, "returnOrganisation", r.Body.Reason)
	v, err := h.organisation(ctx, doc, err)
	return api.ReturnOrganisation200JSONResponse{OrganisationJSONResponse: v}, err
}

func (h *server) RejectOrganisation(ctx context.Context, r api.RejectOrganisationRequestObject) (api.RejectOrganisationResponseObject, error) {
	doc, err := h.s.DecideOrganisation(ctx, r.OrgId, "rejectOrganisation", r.Body.Reason)
	v, err := h.organisation(ctx, doc, err)
	return api.RejectOrganisation200JSONResponse{OrganisationJSONResponse: v}, err
}

func (h *server) SuspendOrganisation(ctx context.Context, r api.SuspendOrganisationRequestObject) (api.SuspendOrganisationResponseObject, error) {
	doc, err := h.s.DecideOrganisation(ctx, r.OrgId, "suspendOrganisation", r.Body.Reason)
	v, err := h.organisation(ctx, doc, err)
	return api.SuspendOrganisation200JSONResponse{OrganisationJSONResponse: v}, err
}

func (h *server) ReinstateOrganisation(ctx context.Context, r api.ReinstateOrganisationRequestObject) (api.ReinstateOrganisationResponseObject, error) {
	doc, err := h.s.DecideOrganisation(ctx, r.OrgId, "reinstateOrganisation", r.Body.Reason)
	v, err := h.organisation(ctx, doc, err)
	return api.ReinstateOrganisation200JSONResponse{OrganisationJSONResponse: v}, err
}

func (h *server) ListTitles(ctx context.Context, r api.ListTitlesRequestObject) (api.ListTitlesResponseObject, error) {
	doc, err := h.s.GetOrganisation(ctx, r.OrgId)
	if err != nil {
		return nil, err
	}
	today := when.DayOf(h.s.now())
	return api.ListTitles200JSONResponse{Items: titleViews(&doc.Body, today), Tier: api.Tier(doc.Body.Tier(today))}, nil
}

func (h *server) AddTitle(ctx context.Context, r api.AddTitleRequestObject) (api.AddTitleResponseObject, error) {
	doc, err := h.s.AddTitle(ctx, r.OrgId, Title{Kind: r.Body.Kind, Batch: r.Body.Batch, Issuer: r.Body.Issuer, ValidFrom: dayOf(r.Body.ValidFrom),
		ValidTo: dayOf(r.Body.ValidTo), RuleVersion: r.Body.RuleVersion})
	if err != nil {
		return nil, err
	}
	return api.AddTitle201JSONResponse{OrganisationCreatedJSONResponse: h.created(ctx, doc)}, nil
}

func (h *server) ListMembers(ctx context.Context, r api.ListMembersRequestObject) (api.ListMembersResponseObject, error) {
	list, err := h.s.ListMembers(ctx, r.OrgId)
	answer := api.ListMembers200JSONResponse{Items: []api.Member{}}
	for _, m := range list {
		answer.Items = append(answer.Items, memberView(m))
	}
	return answer, err
}

func (h *server) ChangeMemberRole(ctx context.Context, r api.ChangeMemberRoleRequestObject) (api.ChangeMemberRoleResponseObject, error) {
	m, err := h.s.ChangeMemberRole(ctx, r.OrgId, r.UserId, access.Role(r.Body.Role))
	return api.ChangeMemberRole200JSONResponse(memberView(m)), err
}

func (h *server) RemoveMember(ctx context.Context, r api.RemoveMemberRequestObject) (api.RemoveMemberResponseObject, error) {
	return api.RemoveMember204Response{}, h.s.RemoveMember(ctx, r.OrgId, r.UserId)
}

func (h *server) ListInvitations(ctx context.Context, r api.ListInvitationsRequestObject) (api.ListInvitationsResponseObject, error) {
	list, err := h.s.ListInvitations(ctx, r.OrgId)
	answer := api.ListInvitations200JSONResponse{Items: []api.Invitation{}}
	for _, i := range list {
		answer.Items = append(answer.Items, invitationView(i))
	}
	return answer, err
}

func (h *server) InviteMember(ctx context.Context, r api.InviteMemberRequestObject) (api.InviteMemberResponseObject, error) {
	doc, code, err := h.s.InviteMember(ctx, r.OrgId, r.Body.Phone, r.Body.Name, access.Role(r.Body.Role))
	v := invitationView(doc)
	v.Code = code
	return api.InviteMember201JSONResponse(v), err
}

func (h *server) WithdrawInvitation(ctx context.Context, r api.WithdrawInvitationRequestObject) (api.WithdrawInvitationResponseObject, error) {
	return api.WithdrawInvitation204Response{}, h.s.WithdrawInvitation(ctx, r.OrgId, r.InvitationId)
}

func (h *server) AcceptInvitation(ctx context.Context, r api.AcceptInvitationRequestObject) (api.AcceptInvitationResponseObject, error) {
	s, err := h.s.AcceptInvitation(ctx, r.Body.Code, r.Body.InvitationId)
	if err != nil {
		return nil, err
	}
	return api.AcceptInvitation200JSONResponse(sessionView(s)), nil
}

func (h *server) ListStaff(ctx context.Context, _ api.ListStaffRequestObject) (api.ListStaffResponseObject, error) {
	list, err := h.s.ListStaff(ctx)
	answer := api.ListStaff200JSONResponse{Items: []api.StaffMember{}}
	for _, p := range list {
		answer.Items = append(answer.Items, staffView(p))
	}
	return answer, err
}

func (h *server) addStaff(ctx context.Context, in api.StaffInput) (api.StaffMember, error) {
	p, err := h.s.AddStaff(ctx, in.Phone, in.Name, in.Password, access.Staff(in.Post), in.DistrictCode)
	return staffView(p), err
}

func (h *server) AddStaff(ctx context.Context, r api.AddStaffRequestObject) (api.AddStaffResponseObject, error) {
	v, err := h.addStaff(ctx, *r.Body)
	return api.AddStaff201JSONResponse(v), err
}

func (h *server) AddStaffInternal(ctx context.Context, r api.AddStaffInternalRequestObject) (api.AddStaffInternalResponseObject, error) {
	v, err := h.addStaff(ctx, *r.Body)
	return api.AddStaffInternal201JSONResponse(v), err
}

func (h *server) RemoveStaff(ctx context.Context, r api.RemoveStaffRequestObject) (api.RemoveStaffResponseObject, error) {
	return api.RemoveStaff204Response{}, h.s.RemoveStaff(ctx, r.UserId)
}

func (h *server) ListExperts(ctx context.Context, _ api.ListExpertsRequestObject) (api.ListExpertsResponseObject, error) {
	list, err := h.s.ListExperts(ctx, nil, nil)
	answer := api.ListExperts200JSONResponse{Items: []api.ExpertRecord{}}
	for _, e := range list {
		answer.Items = append(answer.Items, expertView(e))
	}
	return answer, err
}

func (h *server) AddExpert(ctx context.Context, r api.AddExpertRequestObject) (api.AddExpertResponseObject, error) {
	e, err := h.s.AddExpert(ctx, r.Body.Phone, r.Body.Name, r.Body.Password, ExpertProfile{EmployerOrgID: r.Body.EmployerOrgId,
		Employer: r.Body.Employer, Fields: r.Body.Fields, Title: r.Body.Title})
	return api.AddExpert201JSONResponse(expertView(e)), err
}

func (h *server) EditExpert(ctx context.Context, r api.EditExpertRequestObject) (api.EditExpertResponseObject, error) {
	e, err := h.s.EditExpert(ctx, r.PersonId, ExpertProfile{EmployerOrgID: r.Body.EmployerOrgId, Employer: r.Body.Employer,
		Fields: r.Body.Fields, Title: r.Body.Title}, r.Body.Active)
	return api.EditExpert200JSONResponse(expertView(e)), err
}

func (h *server) ListExpertsInternal(ctx context.Context, r api.ListExpertsInternalRequestObject) (api.ListExpertsInternalResponseObject, error) {
	list, err := h.s.ListExperts(ctx, r.Body.Ids, r.Body.Fields)
	answer := api.ListExpertsInternal200JSONResponse{Items: []api.ExpertInternal{}}
	for _, e := range list {
		answer.Items = append(answer.Items, api.ExpertInternal{PersonId: e.ID, Name: e.Body.Name, EmployerOrgId: e.Body.EmployerOrgID,
			Employer: e.Body.Employer, Fields: e.Body.Fields, Title: e.Body.Title, Active: e.Active, OrganisationIds: e.OrgIDs})
	}
	return answer, err
}

func (h *server) GetReference(ctx context.Context, _ api.GetReferenceRequestObject) (api.GetReferenceResponseObject, error) {
	doc, err := h.s.GetReference(ctx)
	return api.GetReference200JSONResponse{ReferenceJSONResponse: referenceView(doc)}, err
}

func (h *server) PutReference(ctx context.Context, r api.PutReferenceRequestObject) (api.PutReferenceResponseObject, error) {
	next, err := h.s.cityOf(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	doc, err := h.s.PutReference(ctx, next, when.At(r.Body.EffectiveFrom), r.Body.Reason)
	return api.PutReference200JSONResponse{ReferenceJSONResponse: referenceView(doc)}, err
}

func (h *server) WithdrawPlannedReference(ctx context.Context, _ api.WithdrawPlannedReferenceRequestObject) (api.WithdrawPlannedReferenceResponseObject, error) {
	return api.WithdrawPlannedReference204Response{}, h.s.WithdrawPlannedReference(ctx)
}

func (h *server) PreviewReference(ctx context.Context, r api.PreviewReferenceRequestObject) (api.PreviewReferenceResponseObject, error) {
	next, err := h.s.cityOf(ctx, *r.Body)
	if err != nil {
		return nil, err
	}
	all, err := h.s.PreviewReference(ctx, next)
	return api.PreviewReference200JSONResponse{Items: differenceViews(all)}, err
}

func (h *server) UndoReference(ctx context.Context, r api.UndoReferenceRequestObject) (api.UndoReferenceResponseObject, error) {
	doc, err := h.s.UndoReference(ctx, r.Body.Number, r.Body.Reason)
	return api.UndoReference200JSONResponse{ReferenceJSONResponse: referenceView(doc)}, err
}

func (h *server) ListReferenceVersions(ctx context.Context, _ api.ListReferenceVersionsRequestObject) (api.ListReferenceVersionsResponseObject, error) {
	all, err := h.s.ListReferenceVersions(ctx)
	answer := api.ListReferenceVersions200JSONResponse{Items: []api.ReferenceVersion{}}
	for _, v := range all {
		one := api.ReferenceVersion{Number: v.Number, Current: v.Current, Ahead: v.Ahead, Changes: differenceViews(v.Changes)}
		if v.Change != nil {
			one.At, one.By, one.Reason = v.Change.At.Time(), v.Change.Name, v.Change.Reason
		}
		answer.Items = append(answer.Items, one)
	}
	return answer, err
}

func (h *server) AccountListAudit(ctx context.Context, r api.AccountListAuditRequestObject) (api.AccountListAuditResponseObject, error) {
	page, err := h.s.audit.List(ctx, audit.Filter{Subject: r.Params.Subject, UserID: r.Params.Person}, r.Params.Limit, r.Params.Cursor)
	answer := api.AccountListAudit200JSONResponse{Items: []api.AuditEntry{}, Next: page.Next}
	for _, d := range page.Items {
		e := d.Body
		answer.Items = append(answer.Items, api.AuditEntry{Seq: e.Seq, At: e.At.Time(), Operation: e.Operation, Collection: e.Collection, Subject: e.Subject,
			Rev: e.Rev, Outcome: e.Outcome, Reason: e.Reason, UserId: e.Actor.UserID, OrgId: e.Actor.OrgID, Role: string(e.Actor.Role),
			Staff: string(e.Actor.Staff), Service: e.Actor.Service, RequestId: e.RequestID, Hash: e.Hash, Prev: e.Prev})
	}
	return answer, err
}

func (h *server) AccountListParkedEvents(ctx context.Context, r api.AccountListParkedEventsRequestObject) (api.AccountListParkedEventsResponseObject, error) {
	page, err := h.s.ParkedEvents(ctx, r.Params.Cursor, r.Params.Limit)
	answer := api.AccountListParkedEvents200JSONResponse{Items: []api.ParkedEvent{}, Next: page.Next}
	for _, d := range page.Items {
		e := d.Body.Event
		answer.Items = append(answer.Items, api.ParkedEvent{Id: d.ID, Kind: e.Kind, DocumentId: e.DocumentID, At: docstore.Millis(e.At).Time(), Tries: d.Body.Tries, LastError: d.Body.Error})
	}
	return answer, err
}

func (h *server) AccountRetryParkedEvent(ctx context.Context, r api.AccountRetryParkedEventRequestObject) (api.AccountRetryParkedEventResponseObject, error) {
	return api.AccountRetryParkedEvent204Response{}, h.s.RetryParkedEvent(ctx, r.EventId)
}

func (h *server) GetOrganisationsInternal(ctx context.Context, r api.GetOrganisationsInternalRequestObject) (api.GetOrganisationsInternalResponseObject, error) {
	docs, err := h.s.Organisations(ctx, r.Body.Ids)
	answer := api.GetOrganisationsInternal200JSONResponse{Items: []api.OrganisationInternal{}}
	for _, d := range docs {
		answer.Items = append(answer.Items, internalView(d, when.DayOf(h.s.now())))
	}
	return answer, err
}

func (h *server) FindOrganisationsInternal(ctx context.Context, r api.FindOrganisationsInternalRequestObject) (api.FindOrganisationsInternalResponseObject, error) {
	docs, next, err := h.s.FindOrganisations(ctx, as[Tier](r.Body.Tiers), r.Body.Chains, r.Body.Districts, r.Body.Cursor)
	answer := api.FindOrganisationsInternal200JSONResponse{Items: []api.OrganisationFound{}, Next: next}
	today := when.DayOf(h.s.now())
	for _, d := range docs {
		p := &d.Body.Profile
		answer.Items = append(answer.Items, api.OrganisationFound{Id: d.ID, Name: p.Name, DistrictCode: p.District, ChainCodes: orEmpty(p.Chains),
			Tiers: as[api.Tier](d.Body.Tiers(today)), Capacities: as[api.Capacity](p.Capacities)})
	}
	return answer, err
}

func (h *server) GetPeopleInternal(ctx context.Context, r api.GetPeopleInternalRequestObject) (api.GetPeopleInternalResponseObject, error) {
	people, err := h.s.People(ctx, r.Body.Ids)
	answer := api.GetPeopleInternal200JSONResponse{Items: []api.PersonInternal{}}
	for _, p := range people {
		answer.Items = append(answer.Items, personInternalView(p))
	}
	return answer, err
}

func (h *server) GetOperatorsInternal(ctx context.Context, r api.GetOperatorsInternalRequestObject) (api.GetOperatorsInternalResponseObject, error) {
	ids, err := h.s.Operators(ctx, r.Params.District)
	return api.GetOperatorsInternal200JSONResponse{UserIds: ids}, err
}

func (h *server) CheckStandingInternal(ctx context.Context, r api.CheckStandingInternalRequestObject) (api.CheckStandingInternalResponseObject, error) {
	stands, err := h.s.Standing(ctx, access.Actor{UserID: r.Body.UserId, SessionID: r.Body.SessionId, OrgID: r.Body.OrgId,
		Role: access.Role(r.Body.Role), Staff: access.Staff(r.Body.Post), District: r.Body.District})
	return api.CheckStandingInternal200JSONResponse{Stands: stands}, err
}

func (h *server) HandOverMember(ctx context.Context, r api.HandOverMemberRequestObject) (api.HandOverMemberResponseObject, error) {
	return api.HandOverMember204Response{}, h.s.HandOverMember(ctx, r.OrgId, r.UserId, r.Body.ToUserId)
}

func (h *server) ListContactLooks(ctx context.Context, r api.ListContactLooksRequestObject) (api.ListContactLooksResponseObject, error) {
	looks, next, err := h.s.ListLooks(ctx, r.OrgId, r.Params.Limit, r.Params.Cursor)
	answer := api.ListContactLooks200JSONResponse{Items: []api.ContactLook{}, Next: next}
	for _, l := range looks {
		answer.Items = append(answer.Items, api.ContactLook{At: l.At.Time(), Kind: api.ContactLookKind(l.Kind), SubjectId: l.SubjectID, OrgId: l.OrgID, OrgName: l.OrgName,
			UserName: l.UserName, Official: l.Staff != ""})
	}
	return answer, err
}

func (h *server) RecordContactLooksInternal(ctx context.Context, r api.RecordContactLooksInternalRequestObject) (api.RecordContactLooksInternalResponseObject, error) {
	var looks []Look
	for _, l := range r.Body.Items {
		looks = append(looks, Look{OwnerOrgID: l.OwnerOrgId, UserID: l.UserId, OrgID: l.OrgId, Staff: access.Staff(l.Staff), Kind: string(l.Kind), SubjectID: l.SubjectId})
	}
	return api.RecordContactLooksInternal204Response{}, h.s.RecordLooks(ctx, looks)
}

func (h *server) OpenRecovery(ctx context.Context, r api.OpenRecoveryRequestObject) (api.OpenRecoveryResponseObject, error) {
	doc, err := h.s.OpenRecovery(ctx, r.Body.Phone, r.Body.Name, r.Body.NewPhone, r.Body.Reason)
	return api.OpenRecovery201JSONResponse(recoveryView(doc)), err
}

func (h *server) ListRecoveries(ctx context.Context, r api.ListRecoveriesRequestObject) (api.ListRecoveriesResponseObject, error) {
	page, err := h.s.ListRecoveries(ctx, r.Params.Limit, r.Params.Cursor)
	answer := api.ListRecoveries200JSONResponse{Items: []api.Recovery{}, Next: page.Next}
	for _, d := range page.Items {
		answer.Items = append(answer.Items, recoveryView(d))
	}
	return answer, err
}

func (h *server) ApproveRecovery(ctx context.Context, r api.ApproveRecoveryRequestObject) (api.ApproveRecoveryResponseObject, error) {
	doc, err := h.s.ApproveRecovery(ctx, r.RecoveryId, r.Body.Reason)
	return api.ApproveRecovery200JSONResponse(recoveryView(doc)), err
}

func (h *server) RefuseRecovery(ctx context.Context, r api.RefuseRecoveryRequestObject) (api.RefuseRecoveryResponseObject, error) {
	doc, err := h.s.RefuseRecovery(ctx, r.RecoveryId, r.Body.Reason)
	return api.RefuseRecovery200JSONResponse(recoveryView(doc)), err
}

func (h *server) StopRecovery(ctx context.Context, _ api.StopRecoveryRequestObject) (api.StopRecoveryResponseObject, error) {
	return api.StopRecovery204Response{}, h.s.StopRecovery(ctx)
}

func (h *server) EraseMe(ctx context.Context, r api.EraseMeRequestObject) (api.EraseMeResponseObject, error) {
	doc, err := h.s.EraseMe(ctx, r.Body.CodeId, r.Body.Code)
	return api.EraseMe200JSONResponse{Headers: api.EraseMe200ResponseHeaders{SetCookie: h.cookie("")}, Body: erasureView(doc)}, err
}

func (h *server) GetErasure(ctx context.Context, r api.GetErasureRequestObject) (api.GetErasureResponseObject, error) {
	doc, err := h.s.GetErasure(ctx, r.ErasureId)
	return api.GetErasure200JSONResponse(erasureView(doc)), err
}

func (h *server) ListErasures(ctx context.Context, r api.ListErasuresRequestObject) (api.ListErasuresResponseObject, error) {
	page, err := h.s.ListErasures(ctx, r.Params.Limit, r.Params.Cursor)
	answer := api.ListErasures200JSONResponse{Items: []api.Erasure{}, Next: page.Next}
	for _, d := range page.Items {
		answer.Items = append(answer.Items, erasureView(d))
	}
	return answer, err
}

func (h *server) GetMyData(ctx context.Context, _ api.GetMyDataRequestObject) (api.GetMyDataResponseObject, error) {
	data, err := h.s.GetMyData(ctx)
	return api.GetMyData200JSONResponse(personalDataView(data, h.s.now())), err
}
