package seed

import (
	"context"
	"fmt"
	"net/http"
	"time"

	demandapi "lianbang/services/demand/api"
)

// The days of the story on which the quarter's catalogue is published and the half-year's is opened.
const (
	quarterDay  = 45
	halfYearDay = 57
)

func quarterOf(t time.Time) string {
	return fmt.Sprintf("%dQ%d", t.In(city).Year(), (t.In(city).Month()+2)/3)
}

func halfYearOf(t time.Time) string {
	return fmt.Sprintf("%dH%d", t.In(city).Year(), (t.In(city).Month()+5)/6)
}

// issue opens a period's catalogue and collects what fits it; publish ends it unless there is nothing in it.
func (l *loader) issue(ctx context.Context, period string, publish bool) error {
	path := "/api/v1/issues/" + period
	var now demandapi.Issue
	err := l.do(ctx, cityOperator, http.MethodGet, path, "", nil, &now)
	if isStatus(err, http.StatusNotFound) {
		err = l.do(ctx, cityOperator, http.MethodPost, "/api/v1/issues", "", demandapi.IssueInput{Period: period, Note: "演示内容：机构与需求均为虚构。"}, &now)
	}
	if err == nil && now.State == demandapi.IssueStateCollecting {
		err = l.do(ctx, cityOperator, http.MethodPost, path+"/collect", "", nil, &now)
	}
	if err != nil || !publish || now.State != demandapi.IssueStateCollecting || now.ItemCount == 0 {
		return err
	}
	return l.do(ctx, cityOperator, http.MethodPost, path+"/publish", "", struct{}{}, nil)
}
