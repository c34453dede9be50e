"""One endpoint for every AWS service: ours, our neighbours, and a companion for all the others."""
