"""The designer's page: a local server that shows what `office/job` prints, live. It calls nothing else of the house."""
