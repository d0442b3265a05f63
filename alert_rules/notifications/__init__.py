"""Who is told of an alert, by what way, how soon and in what words: Alertmanager's configuration as rows."""
