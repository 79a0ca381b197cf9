package host

import (
	"reflect"
	"strings"
)

type setting struct {
	name, def, help string
	secret          bool
	value           any
}

func (s setting) env() string {
	return "LIANBANG_" + strings.ToUpper(strings.ReplaceAll(s.name, "-", "_"))
}

// settings lists the fields of the configuration by their tags, so that flags, variables and documentation are one list.
func (c *Config) settings() []setting {
	v := reflect.ValueOf(c).Elem()
	var all []setting
	for i := range v.NumField() {
		tag := v.Type().Field(i).Tag
		all = append(all, setting{name: tag.Get("name"), def: tag.Get("default"), help: tag.Get("help"),
			secret: tag.Get("secret") != "", value: v.Field(i).Addr().Interface()})
	}
	return all
}

// Describe is the configuration table of the README, one Markdown row a setting.
func Describe() string {
	var b strings.Builder
	b.WriteString("| variable | flag | default | meaning |\n|---|---|---|---|\n")
	for _, s := range new(Config).settings() {
		def := s.def
		if _, ok := s.value.(*bool); ok && def == "" {
			def = "false"
		}
		b.WriteString("| `" + s.env() + "` | `-" + s.name + "` | " + def + " | " + s.help + " |\n")
	}
	return b.String()
}
