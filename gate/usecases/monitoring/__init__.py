"""Follow the deployed strategy's records: windows, triggers, alerts, and a verdict at the end of a watch."""
