package engagement

import (
	"strings"
	"testing"

	"lianbang/services/platform/office"
)

func TestChineseYuan(t *testing.T) {
	for fen, want := range map[int64]string{0: "零元整", 5: "零元零伍分", 10_000_000: "壹拾万元整", 100_523: "壹仟零伍元贰角叁分", 1_000_000_500: "壹仟万零伍元整",
		1_680_032: "壹万陆仟捌佰元叁角贰分", 10_700_053: "壹拾万柒仟元伍角叁分", 20_000_050: "贰拾万元伍角整", 1_000_100_000_000: "壹佰亿零壹佰万元整", 340_506_007_008: "叁拾肆亿零伍佰零陆万零柒拾元零捌分"} {
		if got := chineseYuan(fen); got != want {
			t.Errorf("%d fen is %s, want %s", fen, got, want)
		}
	}
	if got := yuan(123_456_789); got != "1,234,567.89" {
		t.Errorf("yuan says %s", got)
	}
}

// TestContractPaper: the clauses are numbered without a gap whatever is agreed, and the day stays open until a contract is put forward.
func TestContractPaper(t *testing.T) {
	e := stages(t)["accepted"]
	for _, terms := range []string{"", "含一次回访"} {
		e.LastQuote().Terms = terms
		var headings []string
		paper := e.paper(Organisation{Name: "甬江轴承"}, Organisation{Name: "求是检测"})
		for _, b := range paper.Blocks {
			if h, ok := b.(office.Heading); ok {
				headings = append(headings, string(h))
			}
		}
		for i, h := range headings {
			if !strings.HasPrefix(h, ordinals[i]+"、") {
				t.Errorf("clause %d is %s", i+1, h)
			}
		}
		if said := strings.Contains(strings.Join(headings, ""), "其他约定"); said != (terms != "") {
			t.Errorf("with terms %q the clauses are %v", terms, headings)
		}
	}
}
