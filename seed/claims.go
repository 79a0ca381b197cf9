package seed

import (
	"context"
	"fmt"
	"net/http"
	"strings"

	accountapi "lianbang/services/account/api"
)

// listed are the firms of an official list that nobody has signed up for: what a visitor can claim.
var listed = []struct{ name, district string }{
	{"澜州启明轴承有限公司", "澜江区"}, {"澜州海澄精密注塑有限公司", "汐湾区"}, {"澜州拓岩液压有限公司", "望潮区"}, {"澜州青禾传感有限公司", "青屿区"},
	{"澜州明塔热处理有限公司", "鹤汀区"}, {"云岫茂川铸造有限公司", "云岫县"}, {"松岚飞檐纺机有限公司", "松岚县"}, {"澜州星脉芯片测试有限公司", "澜州高新区"},
}

// claimDay is when the list comes; somebody claims a firm of it soon after, and nobody has decided yet.
const claimDay = today - 3

const claimant = "19900000091"

// titleList brings an official list in, as the city's operator does, and has one of its firms claimed.
func (l *loader) titleList(ctx context.Context) error {
	var past struct{ Items []accountapi.TitleList }
	if err := l.do(ctx, cityOperator, http.MethodGet, "/api/v1/title-lists", "", nil, &past); err != nil {
		return err
	}
	const file = "创新型中小企业名单（演示）.csv"
	if len(past.Items) == 0 {
		rows := []string{"企业名称,统一社会信用代码,所属区县,有效期起,有效期止"}
		for i, f := range listed {
			body := fmt.Sprintf("91000000DEMA1%04d", i)
			rows = append(rows, fmt.Sprintf("%s,%s,%s,%d-01-01,%d-12-31", f.name, body+string(checkCharacter(body)), f.district, l.begin.Year(), l.begin.Year()+2))
		}
		fields := map[string]string{"kind": "innovative", "batch": fmt.Sprintf("%d年度第一批", l.begin.Year()), "issuer": "演示认定机关"}
		if err := l.upload(ctx, cityOperator, "/api/v1/title-lists", file, []byte(strings.Join(rows, "\n")), fields); err != nil {
			return err
		}
		if err := l.do(ctx, cityOperator, http.MethodGet, "/api/v1/title-lists", "", nil, &past); err != nil {
			return err
		}
	}
	if err := l.do(ctx, cityOperator, http.MethodPost, "/api/v1/title-lists/"+past.Items[0].Id+"/commit", "", nil, nil); err != nil {
		return err
	}
	var found struct{ Items []accountapi.Organisation }
	if err := l.do(ctx, "", http.MethodGet, "/api/v1/unclaimed-organisations?q=%E6%BE%9C%E5%B7%9E%E6%8B%93%E5%B2%A9", "", nil, &found); err != nil || len(found.Items) == 0 {
		return err
	}
	var started accountapi.Session
	cookies, err := l.send(ctx, "", http.MethodPost, "/api/v1/auth/sign-up", "claimant", "application/json", mustJSON(accountapi.SignUpInput{Phone: claimant, Name: "罗厂长", Password: Password}), &started)
	if err != nil {
		return err
	}
	l.opened(claimant, started, cookies)
	var c accountapi.Claim
	err = l.do(ctx, claimant, http.MethodPost, "/api/v1/organisations/"+found.Items[0].Id+"/claims", "", accountapi.ClaimInput{Position: "厂长", Note: "公司由我负责日常经营。"}, &c)
	if isStatus(err, http.StatusConflict) { // told before
		return nil
	}
	if err != nil {
		return err
	}
	if err := l.upload(ctx, claimant, "/api/v1/claims/"+c.Id+"/evidence", "营业执照（演示）.pdf", evidence("Business licence"), map[string]string{"kind": "licence"}); err != nil {
		return err
	}
	return l.do(ctx, claimant, http.MethodPost, "/api/v1/claims/"+c.Id+"/file", "", nil, nil)
}
