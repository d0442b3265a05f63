"""The gateway at the patient's home: small processes around one RabbitMQ, none able to take another down."""
