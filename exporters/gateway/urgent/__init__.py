"""What cannot wait: detection at the bedside, SMS to relatives, alerts to register."""
