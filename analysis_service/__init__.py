"""The service in the data centre: guards what arrives, keeps records, registers alerts."""
