"""The store of moto's state, which outlives the process: a call's change is written before its answer leaves."""
