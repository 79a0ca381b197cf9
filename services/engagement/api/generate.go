// Package api is the engagement service's specification, and the server interface, types and client generated from it.
package api

//go:generate go tool oapi-codegen -config oapi-codegen.yaml openapi.yaml
