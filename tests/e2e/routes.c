/* Every route that the exchange answers, one a line: METHOD PATH. */
#include "api.h"

#include <stdio.h>

int main(void)
{
    size_t n;
    const struct route *routes = api_routes(&n);
    for (size_t i = 0; i < n; i++)
        printf("%s %s\n", routes[i].method, routes[i].path);
}
