package seed

import (
	"context"
	"net/http"

	openapi_types "github.com/oapi-codegen/runtime/types"

	capabilityapi "lianbang/services/capability/api"
)

// capability is one item a firm of the demo can supply. A certificate's months count from now: below zero it has run out, 0 is open.
type capability struct {
	Org          string                    `json:"org"`
	Number       string                    `json:"number"`
	Title        string                    `json:"title"`
	Chain        string                    `json:"chain"`
	Industry     string                    `json:"industry"`
	Summary      string                    `json:"summary"`
	Products     []string                  `json:"products"`
	Processes    []string                  `json:"processes"`
	Materials    []string                  `json:"materials"`
	Equipment    []capabilityapi.Equipment `json:"equipment"`
	Spare        int64                     `json:"spare"`
	Unit         string                    `json:"unit"`
	Tolerance    int                       `json:"tolerance"`
	Precision    string                    `json:"precision"`
	BatchMin     int64                     `json:"batchMin"`
	BatchMax     int64                     `json:"batchMax"`
	LeadTimeDays int                       `json:"leadTimeDays"`
	Certificates []struct {
		Name   string `json:"name"`
		Months int    `json:"months"`
	} `json:"certificates"`
	Customers []string `json:"customers"`
}

// capabilitiesDay is when the firms write down what they can supply: before the first supply demand.
const capabilitiesDay = 2

// planCapability has a firm write and publish one item, unless the firm is left out of a short telling.
func (l *loader) planCapability(c *capability, i int) {
	o := l.byKey[c.Org]
	if o == nil || l.left(o) {
		return
	}
	l.at(capabilitiesDay, 9, 3*i, func(ctx context.Context) error { return l.capability(ctx, o, c) })
}

// left reports whether a short telling leaves an organisation out.
func (l *loader) left(o *organisation) bool {
	for _, kept := range l.orgs {
		if kept == o {
			return false
		}
	}
	return true
}

func (l *loader) capability(ctx context.Context, o *organisation, c *capability) error {
	in := capabilityapi.CapabilityInput{ItemNumber: c.Number, Title: c.Title, Summary: c.Summary, Products: c.Products, Processes: c.Processes, Materials: c.Materials,
		Equipment: c.Equipment, SpareQuantity: c.Spare, Unit: c.Unit, ToleranceMicrometres: c.Tolerance, Precision: c.Precision, BatchMin: c.BatchMin, BatchMax: c.BatchMax,
		LeadTimeDays: c.LeadTimeDays, Customers: c.Customers, IndustryCode: c.Industry, Chain: c.Chain}
	for _, cert := range c.Certificates {
		x := capabilityapi.Certificate{Name: cert.Name, Number: "DEMO-" + c.Number, Issuer: "演示认证机构"}
		if cert.Months != 0 {
			until := l.now.AddDate(0, cert.Months, 0)
			x.ValidTo = openapi_types.Date{Time: until}
			x.ValidFrom = openapi_types.Date{Time: until.AddDate(-3, 0, 1)}
		}
		in.Certificates = append(in.Certificates, x)
	}
	var made capabilityapi.Capability
	if err := l.do(ctx, o.phone(), http.MethodPost, "/api/v1/capabilities", "capability-"+c.Org+"-"+c.Number, in, &made); err != nil {
		return err
	}
	return l.once(ctx, o.phone(), "/api/v1/capabilities/"+made.Id+"/publish", nil)
}
