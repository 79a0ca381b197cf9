package main

const exitNoDisk = 77

func mountDisk() error { return nil }
