/** Federated data sets whose images belong to users, who become the clients. */
package org.zowarmup.data.users;
