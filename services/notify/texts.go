package notify

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// textsFile holds every text by event kind, a kind followed by "@staff", "@organisation" or "@person" being the variant for that
// class of audience. In a text {name} is a value of the event, and {?name} shows nothing but wants it; a part in [brackets] is left
// out when a value it names is absent, empty or false.
//
//go:embed texts.json
var textsFile []byte

// text is what one kind of event says.
type text struct {
	Topic string            `json:"topic"`
	Title map[string]string `json:"title"` // by language
	Body  map[string]string `json:"body"`
	// Also are channels beside the topic's for who never chose: what waits for an answer should not wait for a visit.
	Also []string `json:"also"`
}

var texts = func() map[string]text {
	all := map[string]text{}
	if err := json.Unmarshal(textsFile, &all); err != nil {
		panic(fmt.Sprintf("notify: texts.json: %v", err)) // embedded; a test reads every text
	}
	return all
}()

// The languages texts are written in; an unknown one reads Chinese.
const (
	chinese = "zh-CN"
	english = "en"
)

// textFor is the text a kind has for a class of audience; a variant wins.
func textFor(kind, class string) (text, bool) {
	if t, ok := texts[kind+"@"+class]; ok {
		return t, true
	}
	t, ok := texts[kind]
	return t, ok
}

// known reports whether a kind has any text.
func known(kind string) bool {
	for _, class := range []string{"person", "organisation", "staff"} {
		if _, ok := textFor(kind, class); ok {
			return true
		}
	}
	return false
}

// words are a message's title, body and match reasons in a language.
type words struct {
	title, body string
	reasons     []string
}

func (m Message) words(language string) words {
	if language != english {
		language = chinese
	}
	t, _ := textFor(m.Kind, m.Audience.class())
	var params map[string]any
	if decodeNumbers([]byte(m.Params), &params) != nil {
		params = nil // written by us as an object
	}
	w := words{title: fill(t.Title[language], params, language), body: fill(t.Body[language], params, language)}
	if list, ok := params["reasons"].([]any); ok {
		for _, r := range list {
			w.reasons = append(w.reasons, show("", r, language))
		}
	}
	if w.title == "" {
		w.title = m.Kind // a text that was taken away; the message is still there
	}
	return w
}

// fill puts values into a text and drops the bracketed parts that lack one. Brackets do not nest.
func fill(pattern string, params map[string]any, language string) string {
	var b strings.Builder
	for pattern != "" {
		before, rest, found := strings.Cut(pattern, "[")
		part, _ := fillPart(before, params, language)
		b.WriteString(part)
		if !found {
			break
		}
		optional, behind, _ := strings.Cut(rest, "]")
		if part, whole := fillPart(optional, params, language); whole {
			b.WriteString(part)
		}
		pattern = behind
	}
	return fullStops.Replace(strings.TrimSpace(b.String()))
}

// fullStops mends a text whose value already ended its sentence.
var fullStops = strings.NewReplacer("。。", "。", "。.", "。", "！。", "！", "？。", "？", "；。", "。")

// fillPart fills a part without brackets and says whether every value was there.
func fillPart(pattern string, params map[string]any, language string) (filled string, whole bool) {
	var b strings.Builder
	whole = true
	for pattern != "" {
		before, rest, found := strings.Cut(pattern, "{")
		b.WriteString(before)
		if !found {
			break
		}
		name, behind, _ := strings.Cut(rest, "}")
		flag := strings.HasPrefix(name, "?")
		name = strings.TrimPrefix(name, "?")
		value := show(name, params[name], language)
		whole = whole && value != ""
		if !flag {
			b.WriteString(value)
		}
		pattern = behind
	}
	return b.String(), whole
}

// shanghai is where readers are. China keeps one time zone, without summer time.
var shanghai = time.FixedZone("CST", 8*60*60)

// show writes one value: an instant as a local date and time, a name ending in Fen as an amount of money, a list with commas.
func show(name string, v any, language string) string {
	switch v := v.(type) {
	case nil:
		return ""
	case bool:
		if v {
			return "true"
		}
		return ""
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil {
			return showTime(at, language)
		}
		return v
	case json.Number:
		if strings.HasSuffix(name, "Fen") {
			return showMoney(v, language)
		}
		return v.String()
	case []any:
		var parts []string
		for _, x := range v {
			parts = append(parts, show(name, x, language))
		}
		if language == english {
			return strings.Join(parts, ", ")
		}
		return strings.Join(parts, "、")
	default: // an object has no text; it may carry a "text" of its own
		if m, ok := v.(map[string]any); ok {
			return show(name, m["text"], language)
		}
		return fmt.Sprint(v)
	}
}

var weekdays = [...]string{"周日", "周一", "周二", "周三", "周四", "周五", "周六"}

// showTime writes an instant. Midnight is the end of the day before: clocks that count working days end there, and "before Saturday
// 00:00" reads as if Saturday still counted.
func showTime(at time.Time, language string) string {
	at = at.In(shanghai)
	clock := at.Format("15:04")
	if clock == "00:00" {
		at, clock = at.Add(-time.Minute), "24:00"
	}
	if language == english {
		return at.Format("Mon 2 Jan ") + clock + " (Beijing)"
	}
	return fmt.Sprintf("%d月%d日 %s %s", at.Month(), at.Day(), weekdays[at.Weekday()], clock)
}

// showMoney writes fen as 万元, or as yuan below one 万元, without rounding.
func showMoney(fen json.Number, language string) string {
	n, ok := new(big.Int).SetString(fen.String(), 10)
	if !ok {
		return fen.String()
	}
	unit, digits, name := int64(100), 2, " 元"
	if n.CmpAbs(big.NewInt(1_000_000)) >= 0 && language != english {
		unit, digits, name = 1_000_000, 6, " 万元"
	}
	if language == english {
		name = " yuan"
	}
	s := new(big.Rat).SetFrac(n, big.NewInt(unit)).FloatString(digits)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".") + name
}
