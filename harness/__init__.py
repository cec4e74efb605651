"""Everything that runs: guests, oracles, localising, shrinking, corpus, reports, the plugin."""
