// A recognition thread that never comes to its first message.
for (;;);
