package docstore

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"go.mongodb.org/mongo-driver/bson"
)

// The codec's JSON and MongoDB's BSON say the same things here: objects keep their order, and an integer is an int64 on
// both sides. Only what JSON can hold occurs.

// toBSON turns encoded JSON into what the driver writes.
func toBSON(data []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return readBSON(dec)
}

func readBSON(dec *json.Decoder) (any, error) {
	token, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := token.(type) {
	case json.Delim:
		if v == '[' {
			return readArray(dec)
		}
		return readObject(dec)
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, nil
		}
		return v.Float64() // a body has no integer type beyond int64, so this is a float
	}
	return token, nil
}

func readObject(dec *json.Decoder) (bson.D, error) {
	object := bson.D{}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name := key.(string) // the decoder checked it
		if strings.ContainsRune(name, 0) {
			return nil, errors.New("docstore: a map key holds a zero byte")
		}
		v, err := readBSON(dec)
		if err != nil {
			return nil, err
		}
		object = append(object, bson.E{Key: name, Value: v})
	}
	_, err := dec.Token() // the closing brace
	return object, err
}

func readArray(dec *json.Decoder) (bson.A, error) {
	array := bson.A{}
	for dec.More() {
		v, err := readBSON(dec)
		if err != nil {
			return nil, err
		}
		array = append(array, v)
	}
	_, err := dec.Token() // the closing bracket
	return array, err
}

// fromBSON writes what the driver read as JSON again.
func fromBSON(v any) (json.RawMessage, error) {
	var buf bytes.Buffer
	err := writeJSON(&buf, v)
	return buf.Bytes(), err
}

func writeJSON(buf *bytes.Buffer, v any) error {
	switch v := v.(type) {
	case bson.D:
		buf.WriteByte('{')
		for i, e := range v {
			if i > 0 {
				buf.WriteByte(',')
			}
			if err := writeScalar(buf, e.Key); err != nil {
				return err
			}
			buf.WriteByte(':')
			if err := writeJSON(buf, e.Value); err != nil {
				return err
			}
		}
		buf.WriteByte('}')
		return nil
	case bson.A:
		buf.WriteByte('[')
		for i, e := range v {
			if i > 0 {
				buf.WriteByte(',')
			}
			if err := writeJSON(buf, e); err != nil {
				return err
			}
		}
		buf.WriteByte(']')
		return nil
	case nil, string, bool, int32, int64:
		return writeScalar(buf, v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("docstore: a stored number is not finite")
		}
		return writeScalar(buf, v)
	}
	return fmt.Errorf("docstore: a stored document holds a %T, which this program never writes", v)
}

func writeScalar(buf *bytes.Buffer, v any) error {
	data, err := encode(v)
	buf.Write(data)
	return err
}
