package docstore

import (
	"testing"

	"go.mongodb.org/mongo-driver/bson"
)

// What the codec wrote comes back byte for byte through BSON, so that an untouched body is never taken for changed.
func TestBSONKeepsJSON(t *testing.T) {
	for _, text := range []string{
		`{}`, `{"z":1,"a":{"z":null,"a":[]},"m":[[],{},[1,"x",true,false,null]]}`,
		`{"n":9223372036854775807,"m":-9223372036854775808,"k":9007199254740993}`,
		`{"f":0.1,"g":1e+30,"h":-2.5,"i":1e-7,"j":100000000000000000000}`,
		`{"s":"专精特新 <b>&\u2028 \" \\ 😀 \t\n\u0000","":"empty key","$set":{"a.b":1}}`,
	} {
		v, err := toBSON([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		wire, err := bson.Marshal(mongoRecord{ID: "a", Body: v.(bson.D)})
		if err != nil {
			t.Fatal(err)
		}
		var m mongoRecord
		if err := bson.Unmarshal(wire, &m); err != nil {
			t.Fatal(err)
		}
		back, err := fromBSON(m.Body)
		if err != nil || string(back) != text {
			t.Errorf("%s\ncame back as\n%s (%v)", text, back, err)
		}
	}
	if _, err := toBSON([]byte(`{"a\u0000b":1}`)); err == nil {
		t.Error("a key with a zero byte is not refused")
	}
	if _, err := fromBSON(bson.D{{Key: "d", Value: bson.M{}}}); err == nil {
		t.Error("a value of a foreign type is not refused")
	}
}

func TestMongoTakenIndex(t *testing.T) {
	for message, want := range map[string]string{
		`E11000 duplicate key error collection: lb_prod.items index: lb_byCode_0a1b2c3d dup key: { body.code: "lb_x_y" }`: "byCode",
		`E11000 duplicate key error collection: lb_prod.items index: _id_ dup key: { _id: "lb_a_b" }`:                     "",
		`E11000 duplicate key error collection: db.items`:                                                                 "",
	} {
		if got := mongoTakenIndex(message); got != want {
			t.Errorf("%s: %q, want %q", message, got, want)
		}
	}
}
